-- title: Two benefits that exclude each other
-- title_zh: 同时享受互斥待遇
-- definition: Running together on the business date: support for the destitute beside a minimum living allowance or a subsidy for the disabled, or the urban beside the rural minimum living allowance.
-- definition_zh: 业务日期同时享受特困供养与最低生活保障，或特困供养与残疾人两项补贴，或城市低保与农村低保。
-- access: sensitive
with running as not materialized (
    select
        g.resident_id,
        case
            when g.benefit_kind <> 'assistance' then g.benefit_kind
            when g.assistance_type = '01' then 'urban'
            when g.assistance_type = '02' then 'rural'
            when g.assistance_type = '03' then 'destitute'
        end as kind,
        g.grant_no,
        g.from_month
    from warehouse.benefit_grant as g
    cross join warehouse.publication as now
    where g.from_month <= to_char(now.as_of, 'YYYY-MM')
        and (g.to_month is null or g.to_month >= to_char(now.as_of, 'YYYY-MM'))
)

select distinct
    r.resident_id,
    r.name_masked,
    r.grid_code,
    a.kind as kind_a,
    b.kind as kind_b,
    greatest(a.from_month, b.from_month) as since_month
from running as a
join running as b on b.resident_id = a.resident_id
join warehouse.resident as r on r.resident_id = a.resident_id
where (a.kind = 'destitute' and b.kind in ('urban', 'rural', 'care_subsidy', 'living_subsidy'))
    or (a.kind = 'urban' and b.kind = 'rural')
