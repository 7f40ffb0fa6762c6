-- title: More occupants than registered
-- title_zh: 实住人数多于登记人数的出租房
-- definition: A letting that has not ended, in whose dwelling more people live than its registered occupants.
-- definition_zh: 仍在出租的住房中，实际居住人数多于登记人数。
-- access: open
select t.rental_no, t.dwelling_id, max(r.grid_code) as grid_code, t.registered_occupants, count(*) as living
from warehouse.rental as t
join warehouse.resident as r on r.living_dwelling_id = t.dwelling_id and not r.is_dead
cross join warehouse.publication as now
where t.let_to is null or t.let_to > now.as_of
group by t.rental_no, t.dwelling_id, t.registered_occupants
having count(*) > coalesce(t.registered_occupants, 0)
