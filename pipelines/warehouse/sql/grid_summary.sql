-- One row a grid: its people, places, events and things, counted on the business date.
with exposed as (
    select distinct resident_id from warehouse.hazard_exposure
),

wishing as (
    select resident_id, count(*) as open_wishes
    from warehouse.wish
    where wish_status = 'open' and resident_id is not null
    group by resident_id
),

people as (
    select
        r.grid_code,
        count(*) as residents,
        sum(case when r.birth_date <= now.as_of - interval 80 year then 1 else 0 end) as over_80,
        sum(case when r.birth_date > now.as_of - interval 14 year then 1 else 0 end) as children,
        sum(case when r.person_type = '02' then 1 else 0 end) as floating,
        count(e.resident_id) as exposed_residents,
        sum(coalesce(w.open_wishes, 0)) as open_wishes,
        count(distinct r.living_dwelling_id) as inhabited_dwellings
    from warehouse.resident as r
    cross join parameter.as_of as now
    left join exposed as e
        on e.resident_id = r.resident_id
    left join wishing as w
        on w.resident_id = r.resident_id
    where not r.is_dead and r.grid_code is not null
    group by r.grid_code
),

household as (
    select dwelling_id, count(*) as households
    from warehouse.household
    where household_kind = 'living' and dwelling_id is not null
    group by dwelling_id
),

letting as (
    select t.dwelling_id, count(*) as lettings
    from warehouse.rental as t
    cross join parameter.as_of as now
    where t.dwelling_id is not null and (t.let_to is null or t.let_to > now.as_of)
    group by t.dwelling_id
),

homes as (
    select
        d.grid_code,
        sum(case when d.address_status = '1' then 1 else 0 end) as dwellings,
        sum(coalesce(h.households, 0)) as households,
        sum(coalesce(l.lettings, 0)) as lettings
    from warehouse.dwelling as d
    left join household as h
        on h.dwelling_id = d.dwelling_id
    left join letting as l
        on l.dwelling_id = d.dwelling_id
    group by d.grid_code
),

-- A deadline is past when its day in China is before the business date.
events as (
    select
        t.grid_code,
        count(*) as tickets,
        sum(case when t.is_open then 1 else 0 end) as open_tickets,
        sum(
            case when t.is_open and cast(t.deadline_at + interval 8 hour as date) < now.as_of then 1 else 0 end
        ) as overdue_tickets
    from warehouse.ticket as t
    cross join parameter.as_of as now
    group by t.grid_code
),

seen as (
    select grid_code, count(*) as video_alerts from warehouse.video_alert group by grid_code
),

trade as (
    select grid_code, count(*) as shops from warehouse.organisation group by grid_code
),

parts as (
    select grid_code, count(*) as components from warehouse.component group by grid_code
)

select
    g.grid_code,
    coalesce(p.residents, 0) as residents,
    cast(coalesce(p.over_80, 0) as bigint) as over_80,
    cast(coalesce(p.children, 0) as bigint) as children,
    cast(coalesce(p.floating, 0) as bigint) as floating,
    coalesce(p.exposed_residents, 0) as exposed_residents,
    cast(coalesce(p.open_wishes, 0) as bigint) as open_wishes,
    coalesce(p.inhabited_dwellings, 0) as inhabited_dwellings,
    cast(coalesce(h.households, 0) as bigint) as households,
    cast(coalesce(h.dwellings, 0) as bigint) as dwellings,
    cast(coalesce(h.lettings, 0) as bigint) as lettings,
    coalesce(e.tickets, 0) as tickets,
    cast(coalesce(e.open_tickets, 0) as bigint) as open_tickets,
    cast(coalesce(e.overdue_tickets, 0) as bigint) as overdue_tickets,
    coalesce(v.video_alerts, 0) as video_alerts,
    coalesce(o.shops, 0) as shops,
    coalesce(c.components, 0) as components
from warehouse.grid as g
left join people as p
    on p.grid_code = g.grid_code
left join homes as h
    on h.grid_code = g.grid_code
left join events as e
    on e.grid_code = g.grid_code
left join seen as v
    on v.grid_code = g.grid_code
left join trade as o
    on o.grid_code = g.grid_code
left join parts as c
    on c.grid_code = g.grid_code
