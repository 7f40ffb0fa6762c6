-- cells: community_code
select
    substr(grid_code, 1, 12) as community_code,
    count(*) as residents,
    count(*) filter (where register_dwelling_id <> living_dwelling_id) as apart
from resident
where not is_dead and register_dwelling_id is not null and living_dwelling_id is not null
group by 1
