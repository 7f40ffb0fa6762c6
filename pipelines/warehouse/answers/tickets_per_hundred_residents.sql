-- title: Tickets per hundred residents, by grid and month
-- title_zh: 各网格每月每百人工单数
-- definition: Tickets by grid and month of report, per hundred living residents of the grid.
-- definition_zh: 按网格和上报月份统计每百名在世居民的工单数。
-- access: open
with people as (
    select grid_code, count(*) as residents
    from warehouse.resident
    where not is_dead and grid_code is not null
    group by grid_code
)

select
    t.grid_code,
    to_char(t.reported_at at time zone 'Asia/Shanghai', 'YYYY-MM') as month,
    count(*) as tickets,
    p.residents,
    round(100.0 * count(*) / p.residents, 2) as tickets_per_hundred
from warehouse.ticket as t
join people as p on p.grid_code = t.grid_code
group by 1, 2, p.residents
