-- title: Residents known to one department only
-- title_zh: 仅一个部门掌握的居民
-- definition: Living residents whose records all come from one department.
-- definition_zh: 全部记录均来自同一部门的在世居民。
-- access: open
select resident_id, name_masked, grid_code, departments[1] as department, mention_count
from warehouse.resident
where not is_dead and cardinality(departments) = 1
