with moved as (
    select shelter_id, sum(people_moved) as people, max(_key) as record_key
    from conformed.emergency_transfer_record
    where ended_at is null
    group by shelter_id
)

select
    s._key as subject,
    cast(null as varchar) as resident_id,
    m.record_key,
    m.people as value,
    s._key as other_record_key,
    s.capacity as other_value
from conformed.emergency_shelter as s
inner join moved as m
    on m.shelter_id = s.shelter_id
where m.people > s.capacity
