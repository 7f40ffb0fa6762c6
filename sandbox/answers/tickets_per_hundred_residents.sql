-- cells: grid_code, month
select
    t.grid_code, strftime(t.reported_at, '%Y-%m') as month, count(*) as tickets,
    (select count(*) from resident as r where r.grid_code = t.grid_code and not r.is_dead) as residents
from ticket as t
where t.grid_code in (select grid_code from resident where not is_dead)
group by 1, 2
