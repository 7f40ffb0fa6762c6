-- title: The profile of a grid
-- title_zh: 网格画像
-- definition: One row a grid: people, households, dwellings, open tickets, exposed people and shops.
-- definition_zh: 每个网格一行：人口、户、住房、在办工单、受隐患影响人数和商户。
-- access: open
with people as (
    select
        r.grid_code,
        count(*) as residents,
        count(*) filter (where r.birth_date <= now.as_of - interval '80 years') as over_80,
        count(*) filter (where r.person_type = '02') as floating,
        count(distinct r.living_dwelling_id) as inhabited_dwellings
    from warehouse.resident as r
    cross join warehouse.publication as now
    where not r.is_dead
    group by r.grid_code
),

dwellings as (
    select grid_code, count(*) as dwellings
    from warehouse.dwelling
    where address_status = '1'
    group by grid_code
),

tickets as (
    select grid_code, count(*) as tickets, count(*) filter (where is_open) as open_tickets
    from warehouse.ticket
    group by grid_code
),

exposed as (
    select r.grid_code, count(distinct e.resident_id) as exposed
    from warehouse.hazard_exposure as e
    join warehouse.resident as r on r.resident_id = e.resident_id
    group by r.grid_code
),

shops as (
    select grid_code, count(*) as shops
    from warehouse.organisation
    group by grid_code
)

select
    g.grid_code,
    g.name,
    g.community_name,
    g.worker_no,
    coalesce(p.residents, 0) as residents,
    coalesce(p.over_80, 0) as over_80,
    coalesce(p.floating, 0) as floating,
    coalesce(d.dwellings, 0) as dwellings,
    coalesce(p.inhabited_dwellings, 0) as inhabited_dwellings,
    coalesce(t.tickets, 0) as tickets,
    coalesce(t.open_tickets, 0) as open_tickets,
    coalesce(e.exposed, 0) as exposed_residents,
    coalesce(s.shops, 0) as shops
from warehouse.grid as g
left join people as p on p.grid_code = g.grid_code
left join dwellings as d on d.grid_code = g.grid_code
left join tickets as t on t.grid_code = g.grid_code
left join exposed as e on e.grid_code = g.grid_code
left join shops as s on s.grid_code = g.grid_code
