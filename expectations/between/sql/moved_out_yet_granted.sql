-- grain: resident_id
-- due conformed.public_security_resident_register: case when person_status = '2' then cast(valid_from_at + interval 8 hour as date) + interval 62 day end
with moved as (
    select p.resident_id, p.record_key, p.valid_from
    from stage.registered as p
    cross join parameter.as_of as today
    where p.person_status = '2' and p.valid_from + interval 62 day < today.as_of
)

select
    p.resident_id as subject,
    p.resident_id,
    'public_security.resident_register' as feed,
    p.record_key,
    p.valid_from as value,
    'civil_affairs.assistance_member' as other_feed,
    m._key as other_record_key,
    m.to_month as other_value
from moved as p
inner join identity.crosswalk as c
    on c.resident_id = p.resident_id
    and c.feed = 'assistance_member'
    and c.slot = 'self'
    and c.department = 'civil_affairs'
inner join conformed.civil_affairs_assistance_member as m
    on m._key = c.record_key
where m.to_month is null or m.to_month >= '2999'

union all

select
    p.resident_id, p.resident_id, 'public_security.resident_register', p.record_key, p.valid_from,
    'civil_affairs.elderly_allowance', a._key, a.to_month
from moved as p
inner join identity.crosswalk as c
    on c.resident_id = p.resident_id
    and c.feed = 'elderly_allowance'
    and c.department = 'civil_affairs'
inner join conformed.civil_affairs_elderly_allowance as a
    on a._key = c.record_key
where a.to_month is null or a.to_month >= '2999'
