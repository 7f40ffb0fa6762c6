-- Moved out or emigrated, and the grant has no end or ends later.
select g.resident_id, g.benefit_kind, g.from_month
from "grant" as g
join resident as r on r.resident_id = g.resident_id and r.status in ('moved_out', 'emigrated')
cross join today as t
where g.to_month is null or g.to_month >= t.month
