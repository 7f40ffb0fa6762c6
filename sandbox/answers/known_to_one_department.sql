-- All mentions of the person come from one department.
select r.resident_id, min(split_part(w.feed, '.', 1)) as department
from resident as r
join who as w on w.resident_id = r.resident_id
where not r.is_dead
group by r.resident_id
having count(distinct split_part(w.feed, '.', 1)) = 1
