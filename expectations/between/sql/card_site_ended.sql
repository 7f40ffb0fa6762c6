select
    k._key as subject,
    cast(null as varchar) as resident_id,
    s._key as record_key,
    s.hazard_state as value,
    k._key as other_record_key,
    k.hazard_site_code as other_value
from conformed.emergency_evacuation_card as k
inner join conformed.emergency_hazard_site as s
    on s.hazard_site_code = k.hazard_site_code
where s.hazard_state = 'cancelled' and k.updated_at > s.updated_at
