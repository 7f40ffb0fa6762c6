-- title: Households whose members are all eighty or over
-- title_zh: 成员均满八十岁的家庭
-- definition: A living household of at least two, all of whom are eighty completed years or more.
-- definition_zh: 两人及以上的现住户，成员均满八十周岁。
-- access: open
with old as (
    select h.household_id, h.dwelling_id, count(*) as members, max(r.grid_code) as grid_code
    from warehouse.resident as r
    cross join warehouse.publication as now
    join warehouse.household_member as m on m.resident_id = r.resident_id
    join warehouse.household as h on h.household_id = m.household_id
    where h.household_kind = 'living' and not r.is_dead
        and r.birth_date <= now.as_of - interval '80 years'
    group by h.household_id, h.dwelling_id
    having count(*) >= 2
)

select o.household_id, o.dwelling_id, o.members, o.grid_code
from old as o
join lateral (
    select count(*) as members
    from warehouse.household_member as m
    join warehouse.resident as r on r.resident_id = m.resident_id
    where m.household_id = o.household_id and not r.is_dead
) as living on living.members = o.members
