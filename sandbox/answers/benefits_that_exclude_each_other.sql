-- Support for the destitute beside a minimum living allowance or a subsidy for the disabled, or two allowances.
with running as (
    select g.* from "grant" as g cross join today as t
    where g.from_month <= t.month and (g.to_month is null or g.to_month >= t.month)
)

select distinct
    a.resident_id,
    case a.assistance_type when '特困供养' then 'destitute' when '城市低保' then 'urban' else 'rural' end
        as kind_a,
    b.kind_b
from running as a
join (
    select resident_id, benefit_kind, case
        when benefit_kind <> 'assistance' then benefit_kind
        when assistance_type = '城市低保' then 'urban'
        when assistance_type = '农村低保' then 'rural' end as kind_b
    from running
) as b on b.resident_id = a.resident_id
where (a.assistance_type = '特困供养' and b.kind_b in ('urban', 'rural', 'care_subsidy', 'living_subsidy'))
    or (a.assistance_type = '城市低保' and b.kind_b = 'rural')
