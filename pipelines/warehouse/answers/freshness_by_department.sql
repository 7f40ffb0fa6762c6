-- title: Freshness and failures, by department
-- title_zh: 各部门数据时效与失败情况
-- definition: Feeds of each department, those that failed or were held on their last night, the longest standstill, and rows in quarantine.
-- definition_zh: 各部门的数据来源数、失败或暂停数、最早滞后日期及隔离行数。
-- access: open
select
    department,
    count(*) as feeds,
    count(*) filter (where state <> 'ok') as feeds_not_ok,
    min(stale_since) as stale_since,
    sum(current_rows) as current_rows,
    sum(quarantined_rows) as quarantined_rows
from warehouse.freshness
group by department
