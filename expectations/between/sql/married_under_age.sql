-- grain: resident_id
select
    p.resident_id as subject,
    p.resident_id,
    p.record_key,
    p.birth_date as value,
    m._key as other_record_key,
    m.registered_on as other_value
from conformed.civil_affairs_marriage_registration as m
inner join identity.crosswalk as c
    on c.record_key = m._key
    and c.feed = 'marriage_registration'
    and c.department = 'civil_affairs'
inner join stage.registered as p
    on p.resident_id = c.resident_id
where m.marriage_act = 'marriage'
    and m.registered_on < p.birth_date + case when c.slot = 'male' then interval 22 year else interval 20 year end
