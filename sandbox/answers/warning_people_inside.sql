-- Living residents of the grids that a standing warning reaches.
select distinct
    s.warning_id, r.resident_id, coalesce(r.birth_date <= t.as_of - interval 80 year, false) as is_over_80,
    r.resident_id in (select resident_id from severe where is_severe) as is_severely_disabled
from standing as s
join resident as r
    on not r.is_dead
    and s.area_code in (r.grid_code, substr(r.grid_code, 1, 12), substr(r.grid_code, 1, 9), substr(r.grid_code, 1, 6))
cross join today as t
