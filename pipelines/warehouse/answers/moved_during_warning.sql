-- title: Moved during a warning
-- title_zh: 预警期间转移安置情况
-- definition: One row a warning that caused transfers: households and people moved, those still away, and the living residents in its area.
-- definition_zh: 每条引发转移的预警：转移户数、人数、尚未返回人数及区域内在世居民数。
-- access: open
with people as (
    select grid_code, count(*) as residents
    from warehouse.resident
    where not is_dead and grid_code is not null
    group by grid_code
),

moved as (
    select
        t.warning_id,
        count(*) as households_moved,
        sum(t.people_moved) as people_moved,
        sum(t.people_moved) filter (where t.ended_at is null) as people_still_away
    from warehouse.transfer as t
    group by t.warning_id
),

-- An area is a grid or anything above it: each grid counts once, whatever the warning names twice.
inside as (
    select reached.warning_id, sum(p.residents) as residents_inside
    from (
        select distinct a.warning_id, g.grid_code
        from warehouse.warning_area as a
        join (
            select grid_code, unnest(array[
                grid_code, community_code, town_code, substr(grid_code, 1, 6)
            ]) as area_code
            from warehouse.grid
        ) as g on g.area_code = a.area_code
        where a.warning_id in (select m.warning_id from moved as m)
    ) as reached
    join people as p on p.grid_code = reached.grid_code
    group by reached.warning_id
)

select
    m.warning_id,
    w.warning_severity,
    m.households_moved,
    m.people_moved,
    m.people_still_away,
    coalesce(i.residents_inside, 0) as residents_inside
from moved as m
left join warehouse.warning as w on w.warning_id = m.warning_id
left join inside as i on i.warning_id = m.warning_id
