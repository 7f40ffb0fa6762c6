-- One row a grid, with the worker who answers for it: the newest who has not left, the lower number first.
with worker as (
    select
        scope_code,
        worker_no,
        name,
        phone,
        resident_id,
        row_number() over (
            partition by scope_code
            order by valid_to is null desc, valid_from desc nulls last, worker_no
        ) as place
    from warehouse.grid_worker
    where worker_role = 'grid_worker'
)

select
    g.division_code as grid_code,
    g.name,
    g.community_code,
    community.name as community_name,
    g.town_code,
    town.name as town_name,
    w.worker_no,
    w.name as worker_name,
    w.phone as worker_phone,
    substr(w.phone, 1, 3) || repeat('*', greatest(length(w.phone) - 3, 0)) as worker_phone_masked,
    w.resident_id as worker_resident_id
from warehouse.division as g
left join warehouse.division as community
    on community.division_code = g.community_code
left join warehouse.division as town
    on town.division_code = g.town_code
left join worker as w
    on w.scope_code = g.division_code
    and w.place = 1
where g.division_kind = 'grid'
