-- title: Wishes unclaimed for seven days
-- title_zh: 七天未认领的微心愿
-- definition: Open wishes made seven days or more before the business date.
-- definition_zh: 业务日期前七天及更早创建、仍待认领的微心愿。
-- access: open
select w.wish_no, w.resident_id, r.name_masked, r.grid_code, w.created_at
from warehouse.wish as w
left join warehouse.resident as r on r.resident_id = w.resident_id
cross join warehouse.publication as now
where w.wish_status = 'open'
    and w.created_at < (now.as_of - 6)::timestamp at time zone 'Asia/Shanghai'
