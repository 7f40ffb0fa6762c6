with act as (
    select resident_id, event_kind, occurred_on, record_key
    from warehouse.life_event
    where event_kind in ('marriage', 'divorce') and occurred_on is not null

    union all

    select other_resident_id, event_kind, occurred_on, record_key
    from warehouse.life_event
    where event_kind in ('marriage', 'divorce') and occurred_on is not null
),

last_act as (
    select
        resident_id,
        event_kind,
        occurred_on,
        record_key,
        row_number() over (partition by resident_id order by occurred_on desc, record_key desc) as place
    from act
    where resident_id is not null
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
