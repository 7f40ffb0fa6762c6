-- title: Severely disabled above the third floor without a lift
-- title_zh: 住三层以上无电梯的重度残疾人
-- definition: Alive, a certificate of level one or two, living on floor four or higher of a building without a lift.
-- definition_zh: 在世、残疾等级一级或二级、现住四层及以上且楼栋无电梯。
-- access: sensitive
select distinct
    r.resident_id,
    r.name_masked,
    r.grid_code,
    h.dwelling_id,
    h.floor,
    d.disability_kind,
    d.disability_level
from warehouse.disability as d
join warehouse.resident as r on r.resident_id = d.resident_id
join warehouse.dwelling as h on h.dwelling_id = r.living_dwelling_id
where not r.is_dead and d.disability_level in ('1', '2') and h.floor >= 4 and not h.has_lift
