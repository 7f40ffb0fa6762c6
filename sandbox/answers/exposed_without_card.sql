-- Near an active site, and on no card in any place of it.
select hazard_site_code, resident_id from exposed
where resident_id not in (select resident_id from card_member)
