-- title: A grid worker's load
-- title_zh: 网格员工作量
-- definition: One row a grid worker in office on the business date: grids, living residents, people of eighty and over, exposed people, open tickets and those overdue in them.
-- definition_zh: 业务日期在岗的每名网格员一行：所辖网格数、在世居民、八十岁以上老人、受威胁人数、在办工单及其中超期数。
-- access: open
with scope as (
    select distinct w.worker_no, w.scope_code as grid_code
    from warehouse.grid_worker as w
    cross join warehouse.publication as now
    where w.worker_role = 'grid_worker' and (w.valid_to is null or w.valid_to > now.as_of)
)

select
    k.worker_no,
    count(*) as grids,
    sum(s.residents) as residents,
    sum(s.over_80) as over_80,
    sum(s.exposed_residents) as exposed_residents,
    sum(s.open_tickets) as open_tickets,
    sum(s.overdue_tickets) as overdue_tickets
from scope as k
join warehouse.grid_summary as s on s.grid_code = k.grid_code
group by k.worker_no
