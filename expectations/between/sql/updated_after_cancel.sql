with referring as (
    select w._key as warning_id, w.warning_action, w.sent_at, ref.warning_id as named
    from conformed.emergency_warning as w
    cross join unnest(string_split(trim(w.reference_ids), ' ')) as ref (warning_id)
)

select
    u.warning_id as subject,
    cast(null as varchar) as resident_id,
    c.warning_id as record_key,
    c.sent_at as value,
    u.warning_id as other_record_key,
    u.warning_action as other_value
from referring as u
inner join referring as c
    on c.named = u.named
where u.warning_action = 'Update' and c.warning_action = 'Cancel' and u.sent_at > c.sent_at
