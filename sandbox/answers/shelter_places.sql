-- cells: shelter_name
with assigned as (
    select m.shelter_name, count(distinct m.resident_id) as people_assigned
    from card_member as m join resident as r on r.resident_id = m.resident_id and not r.is_dead
    where m.slot <> 'monitor'
    group by m.shelter_name
)

select s.name as shelter_name, s.capacity, coalesce(a.people_assigned, 0) as people_assigned
from emergency.shelter as s
left join assigned as a on a.shelter_name = s.name
