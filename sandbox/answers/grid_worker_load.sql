-- cells: worker_no
select
    k.worker_no, count(distinct k.scope_code) as grids,
    sum((select count(*) from resident as r where r.grid_code = k.scope_code and not r.is_dead)) as residents,
    sum((select count(*) from ticket as x where x.grid_code = k.scope_code and x.is_open)) as open_tickets
from community.grid_worker as k
cross join today as t
where k.role = 'grid_worker' and (k.valid_to is null or cast(k.valid_to as date) > t.as_of)
    and k.scope_code in (select code from community.division where kind = 'grid')
group by k.worker_no
