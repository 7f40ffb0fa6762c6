-- What was sent before the oldest message that is known cannot be looked up.
with referring as (
    select w._key as warning_id, w.sent_at, ref.warning_id as named
    from conformed.emergency_warning as w
    cross join unnest(string_split(trim(w.reference_ids), ' ')) as ref (warning_id)
),

oldest as (
    select min(strftime(sent_at + interval 8 hour, '%Y%m%d')) as day
    from conformed.emergency_warning
),

there as (
    select warning_id as named from conformed.emergency_warning
    union
    select _key from quarantine.emergency_warning
)

select
    r.warning_id as subject,
    cast(null as varchar) as resident_id,
    cast(null as varchar) as record_key,
    cast(null as varchar) as value,
    r.warning_id as other_record_key,
    r.named as other_value
from referring as r
inner join stage.horizon as known
    on known.feed = 'emergency.warning'
    and cast(r.sent_at + interval 8 hour as date) < known.whole_before
cross join oldest as o
left join there as t
    on t.named = r.named
where r.named <> '' and t.named is null
    and coalesce(nullif(regexp_extract(r.named, '_([0-9]{8})[0-9]{6}_', 1), ''), '99999999') >= o.day
