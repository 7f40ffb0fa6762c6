-- Eighty or over, near an active site, in a home that holds nobody else.
select e.hazard_site_code, e.resident_id
from exposed as e
join resident as r on r.resident_id = e.resident_id
cross join today as t
where r.birth_date <= t.as_of - interval 80 year
    and (
        select count(*) from resident as o where o.living_dwelling_id = r.living_dwelling_id and not o.is_dead
    ) = 1
