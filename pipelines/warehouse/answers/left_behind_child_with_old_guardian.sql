-- title: Left-behind children whose guardian is over seventy
-- title_zh: 监护人超过七十岁的留守儿童
-- definition: A left-behind child whose guardian is known as a resident of seventy completed years or more.
-- definition_zh: 留守儿童的监护人为已识别居民且满七十周岁。
-- access: sensitive
select
    b.child_no,
    child.resident_id,
    child.name_masked,
    child.grid_code,
    b.guardian_resident_id,
    guardian.birth_year as guardian_birth_year
from warehouse.left_behind_child as b
join warehouse.resident as guardian on guardian.resident_id = b.guardian_resident_id
left join warehouse.resident as child on child.resident_id = b.resident_id
cross join warehouse.publication as now
where guardian.birth_date <= now.as_of - interval '70 years'
