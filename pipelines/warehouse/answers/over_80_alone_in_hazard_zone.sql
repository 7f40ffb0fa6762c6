-- title: Eighty or over, alone, in a hazard zone
-- title_zh: 隐患区内独居的八十岁以上老人
-- definition: Alive, eighty completed years or more, living within the radius of an active site in a dwelling where nobody else lives.
-- definition_zh: 在世、满八十周岁、现住在册隐患点影响半径内，且同住房无他人居住。
-- access: open
with alone as (
    select living_dwelling_id
    from warehouse.resident
    where not is_dead and living_dwelling_id is not null
    group by living_dwelling_id
    having count(*) = 1
)

select
    r.resident_id,
    r.name_masked,
    r.grid_code,
    r.birth_year,
    e.hazard_site_code,
    e.distance_m
from warehouse.hazard_exposure as e
join warehouse.resident as r on r.resident_id = e.resident_id
join alone as a on a.living_dwelling_id = r.living_dwelling_id
cross join warehouse.publication as now
where e.basis = 'radius' and r.birth_date <= now.as_of - interval '80 years'
