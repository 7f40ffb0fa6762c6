-- title: Repeated cases at one component
-- title_zh: 同一部件反复发生的案件
-- definition: Components with three or more cases, cancelled ones apart.
-- definition_zh: 有三件及以上案件（不含作废）的部件。
-- access: open
select
    t.component_code,
    c.name as component_name,
    c.maintainer_unit,
    count(*) as cases,
    max(t.reported_at) as last_reported_at
from warehouse.ticket as t
left join warehouse.component as c on c.component_code = t.component_code
where t.component_code is not null and t.status <> 'cancelled'
group by t.component_code, c.name, c.maintainer_unit
having count(*) >= 3
