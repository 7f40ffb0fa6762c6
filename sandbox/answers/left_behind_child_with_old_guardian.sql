-- The guardian who is named for the child is seventy or over.
select c.编号 as child_no, w.resident_id as guardian_resident_id
from civil_affairs.left_behind_child as c
join who as w on w.feed = 'civil_affairs.left_behind_child' and w.slot = 'guardian' and w.record_key = c._key
join resident as r on r.resident_id = w.resident_id
cross join today as t
where r.birth_date <= t.as_of - interval 70 year
