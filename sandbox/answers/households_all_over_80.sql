-- Homes of two or more living residents, the youngest of whom is eighty.
select h.living_dwelling as dwelling_id, count(*) as members
from true_households as h
join resident as r on r.resident_id = h.person_id and not r.is_dead
cross join today as t
where h.living_household is not null
group by h.living_dwelling, t.as_of
having count(*) >= 2 and max(r.birth_date) <= t.as_of - interval 80 year
