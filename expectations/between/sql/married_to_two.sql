with act as (
    select resident_id, other_resident_id as spouse_id, event_kind, occurred_on, record_key
    from warehouse.life_event
    where event_kind in ('marriage', 'divorce') and occurred_on is not null

    union all

    select other_resident_id, resident_id, event_kind, occurred_on, record_key
    from warehouse.life_event
    where event_kind in ('marriage', 'divorce') and occurred_on is not null
),

in_order as (
    select
        *,
        lag(event_kind) over (partition by resident_id order by occurred_on, record_key) as last_kind,
        lag(spouse_id) over (partition by resident_id order by occurred_on, record_key) as last_spouse_id,
        lag(occurred_on) over (partition by resident_id order by occurred_on, record_key) as last_on,
        lag(record_key) over (partition by resident_id order by occurred_on, record_key) as last_key
    from act
    where resident_id is not null
),

widowed as (
    select resident_id, min(death_date) as death_date
    from stage.death
    group by resident_id
)

select
    a.resident_id as subject,
    a.resident_id,
    a.last_key as record_key,
    a.last_on as value,
    a.record_key as other_record_key,
    a.occurred_on as other_value
from in_order as a
left join widowed as w
    on w.resident_id = a.last_spouse_id
where a.event_kind = 'marriage' and a.last_kind = 'marriage' and a.spouse_id <> a.last_spouse_id
    and (w.death_date is null or w.death_date > a.occurred_on)
