-- title: Where this person lives, owns, rents and is registered
-- title_zh: 人员的居住、出租、租住与户籍住房
-- definition: One row a resident, role (registers, lives, rents, owns) and dwelling, with where it is, since when and until when; filter by resident_id.
-- definition_zh: 每名居民、关系（户籍、居住、租住、出租）与住房一行，含所在网格、社区及起止日期；按居民标识查询。
-- access: open
select
    y.resident_id,
    y.residency_role,
    y.dwelling_id,
    d.grid_code,
    d.community_name,
    d.compound_name,
    d.building,
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
left join warehouse.dwelling as d on d.dwelling_id = y.dwelling_id
