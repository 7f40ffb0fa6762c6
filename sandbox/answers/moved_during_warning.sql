-- Households and people moved because of a warning, and the living residents of the grids that it reaches.
with reached as (
    select distinct w.identifier as warning_id, g.code as grid_code
    from emergency.warning as w
    cross join unnest(w.geocodes) as named (area_code)
    join community.division as g on g.kind = 'grid' and starts_with(g.code, named.area_code)
)

select
    m.warningId as warning_id, count(*) as households_moved, sum(m.peopleMoved) as people_moved,
    sum(m.peopleMoved) filter (where m.endedAt is null) as people_still_away,
    (
        select count(*) from resident as r
        join reached as i on i.grid_code = r.grid_code
        where i.warning_id = m.warningId and not r.is_dead
    ) as residents_inside
from emergency.transfer_record as m
group by m.warningId
