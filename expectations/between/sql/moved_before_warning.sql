select
    t._key as subject,
    cast(null as varchar) as resident_id,
    w._key as record_key,
    w.sent_at as value,
    t._key as other_record_key,
    t.began_at as other_value
from conformed.emergency_transfer_record as t
inner join conformed.emergency_warning as w
    on w.warning_id = t.warning_id
where t.began_at < w.sent_at
