-- What the records say of true people at true dwellings.
select distinct dwelling_id, residency_role, resident_id from dwells
