-- What the records say of true people at true dwellings.
select distinct resident_id, residency_role, dwelling_id from dwells
