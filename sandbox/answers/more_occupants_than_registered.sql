-- More living residents at home there than the letting registers.
select l.rental_no, count(*) as living
from letting as l
join resident as r on r.living_dwelling_id = l.dwelling_id and not r.is_dead
group by l.rental_no, l.registered_occupants
having count(*) > l.registered_occupants
