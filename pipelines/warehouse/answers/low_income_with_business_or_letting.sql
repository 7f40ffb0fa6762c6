-- title: Low-income families with a business or a let dwelling
-- title_zh: 有经营主体或出租房的救助家庭
-- definition: Members of families on running assistance who operate a shop or let a dwelling.
-- definition_zh: 在享救助家庭成员中经营商户或出租住房者。
-- access: sensitive
select
    g.family_no,
    r.resident_id,
    r.name_masked,
    r.grid_code,
    g.assistance_type,
    (select count(*) from warehouse.organisation as o where o.operator_resident_id = r.resident_id)
        as shops,
    (select count(*) from warehouse.rental as t where t.landlord_resident_id = r.resident_id)
        as let_dwellings
from warehouse.benefit_grant as g
join warehouse.resident as r on r.resident_id = g.resident_id
cross join warehouse.publication as now
where g.benefit_kind = 'assistance'
    and (g.to_month is null or g.to_month >= to_char(now.as_of, 'YYYY-MM'))
    and (
        exists (
            select from warehouse.organisation as o where o.operator_resident_id = r.resident_id
        )
        or exists (select from warehouse.rental as t where t.landlord_resident_id = r.resident_id)
    )
