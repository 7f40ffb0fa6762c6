-- One row a person and a benefit that was granted. 3000-12 is an open end.
-- grain: resident_id
select
    c.resident_id,
    'assistance' as benefit_kind,
    concat_ws('-', m.family_no, m.member_no) as grant_no,
    'assistance_member' as feed,
    m.assistance_type,
    m.family_no,
    cast(null as double) as monthly_amount_cny,
    m.from_month,
    nullif(m.to_month, '3000-12') as to_month,
    cast(null as varchar) as stop_reason
from conformed.civil_affairs_assistance_member as m
inner join identity.crosswalk as c
    on c.department = 'civil_affairs'
    and c.feed = 'assistance_member'
    and c.slot = 'self'
    and c.record_key = m._key

union all

select
    c.resident_id, 'elderly_allowance', a.allowance_no, 'elderly_allowance', null, null,
    a.monthly_amount_cny, a.from_month, nullif(a.to_month, '3000-12'), a.stop_reason
from conformed.civil_affairs_elderly_allowance as a
inner join identity.crosswalk as c
    on c.department = 'civil_affairs'
    and c.feed = 'elderly_allowance'
    and c.slot = 'self'
    and c.record_key = a._key

union all

select
    d.resident_id, subsidy.benefit_kind, d.certificate_no_suffix, 'disability_certificate', null, null,
    null, cast(strftime(d.issued_on, '%Y-%m') as varchar),
    cast(strftime(d.expires_on, '%Y-%m') as varchar), null
from warehouse.disability as d
cross join (select 'care_subsidy' as benefit_kind union all select 'living_subsidy') as subsidy
where (subsidy.benefit_kind = 'care_subsidy' and d.has_care_subsidy)
    or (subsidy.benefit_kind = 'living_subsidy' and d.has_living_subsidy)
