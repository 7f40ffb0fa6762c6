-- title: Use of the service items
-- title_zh: 服务事项使用情况
-- definition: One row an item (two digits of the major, two of the item): uses, residents who used it, uses in the thirty days before the business date, the newest use, and how many ended done.
-- definition_zh: 每个服务事项（大类两位、事项两位）一行：办理次数、使用居民数、近三十天次数、最近办理时间及办结次数。
-- access: open
select
    left(u.item_code, 2) as major_code,
    u.item_code,
    count(*) as uses,
    count(distinct u.resident_id) as residents,
    count(*) filter (
        where u.used_at >= (now.as_of - 30)::timestamp at time zone 'Asia/Shanghai'
    ) as uses_last_30_days,
    max(u.used_at) as last_used_at,
    count(*) filter (where u.result = '办结') as done
from warehouse.service_use as u
cross join warehouse.publication as now
group by u.item_code
