-- title: The profile of a community
-- title_zh: 社区画像
-- definition: One row a community: people, households, dwellings and lettings, tickets, video alerts and open wishes, exposed people, shops and components.
-- definition_zh: 每个社区一行：人口、户、住房与出租房、工单、视频预警与待认领微心愿、受隐患影响人数、商户与部件。
-- access: open
select
    g.division_code as community_code,
    g.name,
    g.town_code,
    people.residents,
    people.over_80,
    people.children,
    people.floating,
    homes.households,
    homes.dwellings,
    people.inhabited_dwellings,
    homes.lettings,
    events.tickets,
    events.open_tickets,
    seen.video_alerts,
    people.open_wishes,
    people.exposed_residents,
    things.shops,
    parts.components
from warehouse.division as g
cross join warehouse.publication as now
cross join lateral (
    select
        count(*) as residents,
        count(*) filter (where r.birth_date <= now.as_of - interval '80 years') as over_80,
        count(*) filter (where r.birth_date > now.as_of - interval '14 years') as children,
        count(*) filter (where r.person_type = '02') as floating,
        count(distinct r.living_dwelling_id) as inhabited_dwellings,
        count(*) filter (
            where exists (
                select from warehouse.hazard_exposure as e where e.resident_id = r.resident_id
            )
        ) as exposed_residents,
        coalesce(sum((
            select count(*) from warehouse.wish as w
            where w.resident_id = r.resident_id and w.wish_status = 'open'
        )), 0) as open_wishes
    from warehouse.resident as r
    where r.grid_code in (
        select k.grid_code from warehouse.grid as k where k.community_code = g.division_code
    ) and not r.is_dead
) as people
cross join lateral (
    select
        count(*) filter (where d.address_status = '1') as dwellings,
        coalesce(sum((
            select count(*) from warehouse.household as h
            where h.dwelling_id = d.dwelling_id and h.household_kind = 'living'
        )), 0) as households,
        coalesce(sum((
            select count(*) from warehouse.rental as t
            where t.dwelling_id = d.dwelling_id and (t.let_to is null or t.let_to > now.as_of)
        )), 0) as lettings
    from warehouse.dwelling as d
    where d.community_code = g.division_code
) as homes
cross join lateral (
    select count(*) as tickets, count(*) filter (where t.is_open) as open_tickets
    from warehouse.ticket as t
    where t.grid_code in (
        select k.grid_code from warehouse.grid as k where k.community_code = g.division_code
    )
) as events
cross join lateral (
    select count(*) as video_alerts from warehouse.video_alert as v where v.grid_code in (
        select k.grid_code from warehouse.grid as k where k.community_code = g.division_code
    )
) as seen
cross join lateral (
    select count(*) as shops from warehouse.organisation as o where o.grid_code in (
        select k.grid_code from warehouse.grid as k where k.community_code = g.division_code
    )
) as things
cross join lateral (
    select count(*) as components from warehouse.component as c where c.grid_code in (
        select k.grid_code from warehouse.grid as k where k.community_code = g.division_code
    )
) as parts
where g.division_kind = 'community'
