-- cells: item_code
select
    u.item_code, count(*) as uses, count(distinct w.resident_id) as residents,
    count(*) filter (where u.used_at >= cast(t.as_of - 30 as timestamp)) as uses_last_30_days,
    count(*) filter (where u.result = '办结') as done
from community.service_use as u
cross join today as t
left join who as w on w.feed = 'community.service_use' and w.slot = 'user' and w.record_key = u._key
group by u.item_code
