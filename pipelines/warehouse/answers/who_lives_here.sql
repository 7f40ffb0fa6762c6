-- title: Who lives here, in every role
-- title_zh: 住房内的人员及其关系
-- definition: One row a dwelling, resident and role (registers, lives, rents, owns), with since when and until when; filter by dwelling_id and date.
-- definition_zh: 每套住房、居民与关系（户籍、居住、租住、出租）一行，含起止日期。
-- access: open
select
    y.dwelling_id,
    y.residency_role,
    y.resident_id,
    r.name_masked,
    r.is_dead,
    y.valid_from,
    y.valid_to,
    y.is_current,
    y.departments
from (
    select
        resident_id,
        dwelling_id,
        residency_role,
        min(valid_from) as valid_from,
        case when bool_or(is_current) then null else max(valid_to) end as valid_to,
        bool_or(is_current) as is_current,
        array_agg(distinct department) as departments
    from warehouse.residency
    group by resident_id, dwelling_id, residency_role
) as y
join warehouse.resident as r on r.resident_id = y.resident_id
