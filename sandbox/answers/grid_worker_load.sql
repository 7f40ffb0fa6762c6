-- cells: worker_no
select
    k.worker_no,
    count(*) as grids,
    sum(g.residents) as residents,
    sum(g.over_80) as over_80,
    sum(g.exposed_residents) as exposed_residents,
    sum(g.open_tickets) as open_tickets,
    sum(g.overdue_tickets) as overdue_tickets
from (
    select distinct w.worker_no, w.scope_code
    from community.grid_worker as w
    cross join today as t
    where w.role = 'grid_worker' and (w.valid_to is null or cast(w.valid_to as date) > t.as_of)
) as k
join grid_count as g on g.grid_code = k.scope_code
group by k.worker_no
