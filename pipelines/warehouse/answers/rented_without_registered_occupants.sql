-- title: Rented dwellings without registered occupants
-- title_zh: 无登记人员的出租房
-- definition: A letting that has not ended on the business date and counts no registered occupant.
-- definition_zh: 业务日期仍在出租且登记人数为零的出租房。
-- access: open
select t.rental_no, t.dwelling_id, h.grid_code, t.rent_use, t.let_from, o.living
from warehouse.rental as t
cross join warehouse.publication as now
left join warehouse.dwelling as h on h.dwelling_id = t.dwelling_id
left join lateral (
    select count(*) as living
    from warehouse.resident as r
    where r.living_dwelling_id = t.dwelling_id and not r.is_dead
) as o on true
where coalesce(t.registered_occupants, 0) = 0 and (t.let_to is null or t.let_to > now.as_of)
