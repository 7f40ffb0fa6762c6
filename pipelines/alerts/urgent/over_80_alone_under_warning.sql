-- title: Eighty or over, alone in a hazard zone, and a warning stands
-- title_zh: 预警期间隐患区内独居的八十岁以上老人
select distinct
    jsonb_build_object('resident_id', a.resident_id, 'grid_code', a.grid_code, 'warning_id', w.warning_id)
        as subject
from answers.over_80_alone_in_hazard_zone as a
join answers.warning_people_inside as w on w.resident_id = a.resident_id
