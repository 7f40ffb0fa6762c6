-- One row a warning message, and the newest one that updates or cancels it.
with reference as (
    select ref.warning_id, max_by(w.warning_id, w.sent_at) as replaced_by_id
    from conformed.emergency_warning as w
    cross join unnest(string_split(trim(w.reference_ids), ' ')) as ref (warning_id)
    where w.warning_action in ('Update', 'Cancel')
    group by ref.warning_id
)

select
    w.warning_id,
    w.sender,
    w.sent_at,
    w.warning_status,
    w.warning_action,
    w.reference_ids,
    w.event_type,
    w.warning_severity,
    w.effective_at,
    w.onset_at,
    w.expires_at,
    w.headline,
    w.description,
    w.instruction,
    w.polygon_wkt,
    r.replaced_by_id
from conformed.emergency_warning as w
left join reference as r
    on r.warning_id = w.warning_id
