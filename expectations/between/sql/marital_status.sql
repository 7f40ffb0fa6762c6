-- grain: resident_id
-- due conformed.civil_affairs_marriage_registration: registered_on + interval 90 day
with act as (
    select c.resident_id, m.marriage_act as event_kind, m.registered_on as occurred_on, m._key as record_key
    from conformed.civil_affairs_marriage_registration as m
    inner join identity.crosswalk as c
        on c.record_key = m._key
        and c.feed = 'marriage_registration'
        and c.slot in ('male', 'female')
        and c.department = 'civil_affairs'
    where m.marriage_act in ('marriage', 'divorce') and m.registered_on is not null
),

last_act as (
    select
        resident_id,
        event_kind,
        occurred_on,
        record_key,
        row_number() over (partition by resident_id order by occurred_on desc, record_key desc) as place
    from act
)

select
    p.resident_id as subject,
    p.resident_id,
    a.record_key,
    a.event_kind as value,
    p.record_key as other_record_key,
    p.marital_status as other_value
from last_act as a
inner join stage.registered as p
    on p.resident_id = a.resident_id
cross join parameter.as_of as today
where a.place = 1 and a.occurred_on + interval 90 day < today.as_of and p.person_status = '0'
    and (
        (a.event_kind = 'marriage' and p.marital_status in ('10', '40'))
        or (a.event_kind = 'divorce' and p.marital_status in ('10', '20', '21', '22', '23'))
    )
