-- title: Exposed people not moved while a severe warning stands
-- title_zh: 橙色及以上预警期间隐患点人员未转移
select distinct
    jsonb_build_object('warning_id', w.warning_id, 'hazard_site_code', e.hazard_site_code) as subject
from answers.warning_people_inside as w
join warehouse.hazard_exposure as e on e.resident_id = w.resident_id
where w.warning_severity in ('Orange', 'Red') and e.basis = 'radius'
    and not exists (
        select from warehouse.transfer as t
        where t.warning_id = w.warning_id
            and (t.dwelling_id = w.living_dwelling_id or t.head_resident_id = w.resident_id)
    )
