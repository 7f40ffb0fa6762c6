-- One row a small wish.
-- grain: wish_no
-- of conformed.community_wish: wish_no
select
    w.wish_no,
    c.resident_id,
    w.content,
    w.wish_status,
    w.claimed_by,
    w.created_at,
    w.claimed_at,
    w.done_at
from conformed.community_wish as w
left join identity.crosswalk as c
    on c.department = 'community'
    and c.feed = 'wish'
    and c.slot = 'wisher'
    and c.record_key = w._key
