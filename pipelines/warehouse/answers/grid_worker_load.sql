-- title: A grid worker's load
-- title_zh: 网格员工作量
-- definition: One row a grid worker in office on the business date: grids, living residents, people of eighty and over, exposed people, open tickets and those overdue in them.
-- definition_zh: 业务日期在岗的每名网格员一行：所辖网格数、在世居民、八十岁以上老人、受威胁人数、在办工单及其中超期数。
-- access: open
with scope as (
    select distinct w.worker_no, w.scope_code as grid_code
    from warehouse.grid_worker as w
    join warehouse.grid as g on g.grid_code = w.scope_code
    cross join warehouse.publication as now
    where w.worker_role = 'grid_worker' and (w.valid_to is null or w.valid_to > now.as_of)
)

select
    s.worker_no,
    count(*) as grids,
    sum(people.residents) as residents,
    sum(people.over_80) as over_80,
    sum(people.exposed_residents) as exposed_residents,
    sum(todo.open_tickets) as open_tickets,
    sum(todo.overdue_tickets) as overdue_tickets
from scope as s
cross join warehouse.publication as now
cross join lateral (
    select
        count(*) as residents,
        count(*) filter (where r.birth_date <= now.as_of - interval '80 years') as over_80,
        count(*) filter (
            where exists (
                select from warehouse.hazard_exposure as e where e.resident_id = r.resident_id
            )
        ) as exposed_residents
    from warehouse.resident as r
    where r.grid_code = s.grid_code and not r.is_dead
) as people
cross join lateral (
    select
        count(*) as open_tickets,
        count(*) filter (
            where t.deadline_at < now.as_of::timestamp at time zone 'Asia/Shanghai'
        ) as overdue_tickets
    from warehouse.ticket as t
    where t.grid_code = s.grid_code and t.is_open
) as todo
group by s.worker_no
