-- title: Shelter places against exposed people
-- title_zh: 避难场所容量与应安置人数
-- definition: One row a shelter: its capacity, who is in it, and the living residents whose evacuation card names it. One row without a shelter counts exposed residents whom no card leads anywhere.
-- definition_zh: 每个避难场所一行：容量、在场人数及避险明白卡指向该场所的在世居民数；无场所的一行为未获安置指引的受威胁居民数。
-- access: open
with assigned as (
    select m.shelter_name, count(distinct m.resident_id) as people_assigned
    from warehouse.evacuation_card_member as m
    join warehouse.resident as r on r.resident_id = m.resident_id and not r.is_dead
    where m.slot <> 'monitor' and m.shelter_name is not null
    group by m.shelter_name
)

select
    s.shelter_id,
    s.name as shelter_name,
    s.state,
    s.capacity,
    s.occupied,
    coalesce(a.people_assigned, 0) as people_assigned,
    s.capacity - coalesce(s.occupied, 0) - coalesce(a.people_assigned, 0) as places_left
from warehouse.shelter as s
left join assigned as a on a.shelter_name = s.name

union all

select null, null, null, null, null, count(distinct e.resident_id), null
from warehouse.hazard_exposure as e
where e.basis = 'radius'
    and not exists (
        select from warehouse.evacuation_card_member as m
        where m.resident_id = e.resident_id and m.shelter_name is not null
    )
