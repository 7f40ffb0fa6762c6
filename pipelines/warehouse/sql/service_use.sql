-- One row a use of a service item.
-- grain: use_no
-- of conformed.community_service_use: use_no
select u.use_no, u.item_code, c.resident_id, u.used_at, u.result
from conformed.community_service_use as u
left join identity.crosswalk as c
    on c.department = 'community'
    and c.feed = 'service_use'
    and c.slot = 'user'
    and c.record_key = u._key
