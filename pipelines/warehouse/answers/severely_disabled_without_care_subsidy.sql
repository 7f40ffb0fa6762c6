-- title: Severely disabled without the care subsidy
-- title_zh: 未享受护理补贴的重度残疾人
-- definition: Alive, a certificate of level one or two, and no certificate that says the care subsidy is received.
-- definition_zh: 在世、残疾等级一级或二级，且所有残疾证均未标明享受护理补贴。
-- access: sensitive
select r.resident_id, r.name_masked, r.grid_code, min(d.disability_level) as disability_level
from warehouse.disability as d
join warehouse.resident as r on r.resident_id = d.resident_id
where not r.is_dead
group by r.resident_id, r.name_masked, r.grid_code
having min(d.disability_level) <= '2' and not bool_or(coalesce(d.has_care_subsidy, false))
