-- title: Register and residence apart, by community
-- title_zh: 各社区人户分离情况
-- definition: Living residents whose register address and dwelling lived in are both known and differ, by the community they live in.
-- definition_zh: 户籍住房与现住住房均已知且不同的在世居民，按现住社区统计。
-- access: open
select
    r.community_code,
    d.name as community_name,
    count(*) as residents,
    count(*) filter (where r.register_dwelling_id <> r.living_dwelling_id) as apart,
    round(100.0 * count(*) filter (where r.register_dwelling_id <> r.living_dwelling_id) / count(*), 1)
        as apart_percent
from warehouse.resident as r
left join warehouse.division as d on d.division_code = r.community_code
where not r.is_dead and r.register_dwelling_id is not null and r.living_dwelling_id is not null
group by r.community_code, d.name
