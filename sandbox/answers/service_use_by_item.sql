-- cells: item_code
select u.item_code, count(*) as uses, count(distinct w.resident_id) as residents
from community.service_use as u
left join who as w on w.feed = 'community.service_use' and w.slot = 'user' and w.record_key = u._key
group by u.item_code
