-- title: Moved during a warning
-- title_zh: 预警期间转移安置情况
-- definition: One row a warning that caused transfers: households and people moved, those still away, and the living residents in its area.
-- definition_zh: 每条引发转移的预警：转移户数、人数、尚未返回人数及区域内在世居民数。
-- access: open
select
    t.warning_id,
    w.warning_severity,
    count(*) as households_moved,
    sum(t.people_moved) as people_moved,
    sum(t.people_moved) filter (where t.ended_at is null) as people_still_away,
    (
        select count(*)
        from warehouse.warning_area as a
        join warehouse.grid as g
            on a.area_code in (g.grid_code, g.community_code, g.town_code, substr(g.grid_code, 1, 6))
        join warehouse.resident as r on r.grid_code = g.grid_code and not r.is_dead
        where a.warning_id = t.warning_id
    ) as residents_inside
from warehouse.transfer as t
left join warehouse.warning as w on w.warning_id = t.warning_id
group by t.warning_id, w.warning_severity
