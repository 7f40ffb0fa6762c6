-- Open, and made seven days ago or earlier.
select x.wish_no, w.resident_id
from community.wish as x
left join who as w on w.feed = 'community.wish' and w.slot = 'wisher' and w.record_key = x._key
cross join today as t
where x.status = 'open' and x.created_at < cast(t.as_of - 6 as timestamp)
