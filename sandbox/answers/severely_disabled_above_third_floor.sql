-- Level one or two, on floor four or higher of a building without a lift.
select distinct s.resident_id, a.BZDZID as dwelling_id
from severe as s
join resident as r on r.resident_id = s.resident_id
join public_security.standard_address as a on a.BZDZID = r.living_dwelling_id
where s.is_severe and a.LC >= 4 and a.DTBZ = '0'
