-- One row a resident, dwelling and role, as one feed says it.
-- grain: resident_id
with said as (
    -- The register address; a person who was moved out, died or was struck off has left it.
    select
        p.resident_id,
        p.dwelling_id,
        'registers' as residency_role,
        p.department,
        p.feed,
        cast(r.valid_from_at + interval 8 hour as date) as valid_from,
        case
            when r.is_current and r.person_status in ('0', '3', '6', '9') then null
            else cast(coalesce(r.valid_to_at, r.valid_from_at) + interval 8 hour as date)
        end as valid_to,
        r.is_current and r.person_status in ('0', '3', '6', '9') as is_current,
        cast(r.updated_at + interval 8 hour as date) as seen_on
    from stage.placed as p
    inner join conformed.public_security_resident_register as r
        on r._key = p.record_key
    where p.department = 'public_security' and p.feed = 'resident_register' and not r.is_reversed

    union all

    select
        p.resident_id, p.dwelling_id, 'lives', p.department, p.feed,
        cast(r.valid_from_at + interval 8 hour as date), null, true,
        cast(r.updated_at + interval 8 hour as date)
    from stage.placed as p
    inner join conformed.public_security_resident_register as r
        on r._key = p.record_key
    where p.department = 'public_security' and p.feed = 'resident_register' and not r.is_reversed
        and r.is_current and r.person_status = '0' and r.register_match = '01'

    union all

    select
        p.resident_id, p.dwelling_id, kind.residency_role, p.department, p.feed, r.registered_on,
        case when r.floating_status = '22' then cast(r.updated_at + interval 8 hour as date) end,
        r.floating_status <> '22', cast(r.updated_at + interval 8 hour as date)
    from stage.placed as p
    inner join conformed.public_security_floating_population as r
        on r._key = p.record_key
    cross join (select 'lives' as residency_role union all select 'rents') as kind
    where p.department = 'public_security' and p.feed = 'floating_population'
        and (kind.residency_role = 'lives' or r.rental_no is not null)

    union all

    select
        p.resident_id, p.dwelling_id, 'lives', p.department, p.feed, null, null, true,
        cast(r.updated_at + interval 8 hour as date)
    from stage.placed as p
    inner join conformed.public_security_foreign_resident as r
        on r._key = p.record_key
    where p.department = 'public_security' and p.feed = 'foreign_resident'

    union all

    -- An empty registration (空挂) says that the person does not live there.
    select
        p.resident_id, p.dwelling_id, 'lives', p.department, p.feed,
        cast(r.visited_at + interval 8 hour as date), null, true,
        cast(r.visited_at + interval 8 hour as date)
    from stage.placed as p
    inner join conformed.community_resident_visit as r
        on r._key = p.record_key
    where p.department = 'community' and p.feed = 'resident_visit'
        and not coalesce(r.is_deleted, false) and coalesce(r.residence_kind, '') <> 'empty'

    union all

    select p.resident_id, p.dwelling_id, 'lives', p.department, p.feed, null, null, true, null
    from stage.placed as p
    where (p.department = 'civil_affairs' and p.slot = 'self'
            and p.feed in ('assistance_member', 'disability_certificate', 'elderly_allowance',
                'left_behind_child'))
        or (p.department = 'emergency' and p.feed = 'evacuation_card' and p.slot not in ('head', 'monitor'))

    union all

    select
        landlord_resident_id, dwelling_id, 'owns', 'public_security', 'rental_housing', let_from, null, true,
        null
    from warehouse.rental
    where landlord_resident_id is not null and dwelling_id is not null
)

select
    resident_id,
    dwelling_id,
    residency_role,
    department,
    feed,
    min(valid_from) as valid_from,
    case when max(case when is_current then 1 else 0 end) = 1 then null else max(valid_to) end as valid_to,
    max(case when is_current then 1 else 0 end) = 1 as is_current,
    max(seen_on) as seen_on
from said
group by resident_id, dwelling_id, residency_role, department, feed
