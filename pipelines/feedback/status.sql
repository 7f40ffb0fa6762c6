-- One row a department and severity: what is open, and in how many days matters were mended.
-- What a changed rule closed was not mended by anybody, and is not counted.
select
  department,
  severity,
  count(*) filter (closed_on is null) as open_items,
  min(opened_on) filter (closed_on is null) as oldest_open_on,
  count(*) filter (closed_on is not null) as closed_items,
  count(*) filter (closed_how in ('corrected', 'removed', 'settled')) as corrected_items,
  median(closed_on - opened_on) filter (closed_how in ('corrected', 'removed', 'settled'))
    as median_days,
  quantile_cont(closed_on - opened_on, 0.9)
    filter (closed_how in ('corrected', 'removed', 'settled')) as p90_days
from item_now
group by department, severity
order by department, severity
