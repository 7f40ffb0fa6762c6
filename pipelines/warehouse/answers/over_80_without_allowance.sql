-- title: Eighty or over without the allowance
-- title_zh: 八十岁以上未享受高龄津贴
-- definition: Alive, on the register with a normal status, eighty completed years or more on the business date, and no running allowance for the old.
-- definition_zh: 在世、户籍状态正常、业务日期满八十周岁，且无在发高龄津贴。
-- access: sensitive
select r.resident_id, r.name_masked, r.grid_code, r.birth_year
from warehouse.resident as r
cross join warehouse.publication as now
where not r.is_dead and r.person_status = '0' and r.birth_date <= now.as_of - interval '80 years'
    and not exists (
        select from warehouse.benefit_grant as g
        where g.resident_id = r.resident_id and g.benefit_kind = 'elderly_allowance'
            and (g.to_month is null or g.to_month > to_char(now.as_of, 'YYYY-MM'))
    )
