-- One row a household that was moved to safety.
select
    t.transfer_id,
    t.warning_id,
    c.resident_id as head_resident_id,
    m.dwelling_id,
    t.people_moved,
    t.shelter_id,
    t.began_at,
    t.ended_at
from conformed.emergency_transfer_record as t
left join identity.crosswalk as c
    on c.department = 'emergency'
    and c.feed = 'transfer_record'
    and c.slot = 'head'
    and c.record_key = t._key
left join identity.address_match as m
    on m.department = 'emergency'
    and m.feed = 'transfer_record'
    and m.slot = 'head'
    and m.record_key = t._key
