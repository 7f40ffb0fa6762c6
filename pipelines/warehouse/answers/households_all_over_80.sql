-- title: Households whose members are all eighty or over
-- title_zh: 成员均满八十岁的家庭
-- definition: A living household of at least two, all of whom are eighty completed years or more.
-- definition_zh: 两人及以上的现住户，成员均满八十周岁。
-- access: open
select h.household_id, h.dwelling_id, count(*) as members, max(r.grid_code) as grid_code
from warehouse.household as h
join warehouse.household_member as m on m.household_id = h.household_id
join warehouse.resident as r on r.resident_id = m.resident_id
cross join warehouse.publication as now
where h.household_kind = 'living' and not r.is_dead
group by h.household_id, h.dwelling_id, now.as_of
having count(*) >= 2
    and bool_and(coalesce(r.birth_date <= now.as_of - interval '80 years', false))
