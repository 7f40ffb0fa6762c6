-- title: Key persons not visited for n days
-- title_zh: 多日未走访的重点人员
-- definition: Living residents who are tagged as alone, very old, disabled or left behind, or are on assistance, whom no visit found at home in the thirty days before the business date; days_since_visit is null where none is known. Filter by days_since_visit for longer.
-- definition_zh: 独居、高龄、残疾、留守或救助对象中，业务日期前三十天内未入户见到的在世居民；从未走访的天数为空，可按天数筛选。
-- access: sensitive
with key_person as (
    select t.resident_id, array_agg(distinct t.tag order by t.tag) as tags
    from warehouse.resident_tag as t
    where t.tag in ('独居老人', '高龄老人', '残疾人', '持证残疾人', '留守儿童', '救助对象')
    group by t.resident_id
)

select
    r.resident_id,
    r.name_masked,
    r.grid_code,
    g.worker_no,
    k.tags,
    v.last_visit_on,
    now.as_of - v.last_visit_on as days_since_visit
from key_person as k
join warehouse.resident as r on r.resident_id = k.resident_id and not r.is_dead
left join warehouse.grid as g on g.grid_code = r.grid_code
cross join warehouse.publication as now
left join lateral (
    select max(y.seen_on) as last_visit_on
    from warehouse.residency as y
    where y.resident_id = k.resident_id and y.feed = 'resident_visit'
) as v on true
where v.last_visit_on is null or v.last_visit_on <= now.as_of - 30
