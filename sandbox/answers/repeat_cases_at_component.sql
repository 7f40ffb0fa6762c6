-- Three cases or more, cancelled ones apart.
select component_code, count(*) as cases
from ticket
where component_code is not null and status <> 'cancelled'
group by component_code
having count(*) >= 3
