-- Members of families on running assistance who run a shop or let a dwelling.
with shop as (
    select resident_id, count(*) as n from who
    where feed = 'city_management.shop' and slot = 'operator' group by resident_id
),

let as (
    select resident_id, count(*) as n from who
    where feed = 'public_security.rental_housing' and slot = 'landlord' group by resident_id
)

select g.family_no, g.resident_id, coalesce(s.n, 0) as shops, coalesce(l.n, 0) as let_dwellings
from "grant" as g
left join shop as s on s.resident_id = g.resident_id
left join let as l on l.resident_id = g.resident_id
cross join today as t
where g.benefit_kind = 'assistance' and (g.to_month is null or g.to_month >= t.month)
    and (s.n is not null or l.n is not null)
