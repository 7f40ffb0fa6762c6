-- One row a warning and a division or grid that it names.
select distinct w.warning_id, trim(area.area_code) as area_code
from conformed.emergency_warning as w
cross join unnest(w.area_codes) as area (area_code)
where trim(area.area_code) <> ''
