-- grain: resident_id
-- due conformed.public_security_resident_register: birth_date + interval 18 year
select
    p.resident_id as subject,
    p.resident_id,
    p.record_key,
    p.birth_date as value,
    k._key as other_record_key,
    k.guardian_name as other_value
from conformed.civil_affairs_left_behind_child as k
inner join identity.crosswalk as c
    on c.record_key = k._key
    and c.feed = 'left_behind_child'
    and c.slot = 'guardian'
    and c.department = 'civil_affairs'
inner join stage.registered as p
    on p.resident_id = c.resident_id
cross join parameter.as_of as today
where p.birth_date + interval 18 year > today.as_of
