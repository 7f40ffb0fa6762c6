-- One row a resident and a matter on which two feeds contradict each other.
with dead as (
    select
        resident_id,
        department || '.' || feed as feed,
        occurred_on,
        strftime(occurred_on, '%Y-%m') as death_month
    from warehouse.life_event
    where event_kind = 'death' and occurred_on is not null
),

-- Grouped, so that no plan can join the dead to every later visit by the date alone.
met as (
    select c.resident_id, max(cast(v.visited_at + interval 8 hour as date)) as visited_on
    from conformed.community_resident_visit as v
    inner join identity.crosswalk as c
        on c.record_key = v._key
        and c.department = 'community'
        and c.feed = 'resident_visit'
        and c.slot = 'self'
    where not coalesce(v.is_deleted, false)
    group by c.resident_id
),

first_value as (
    select
        v.resident_id,
        v.attribute,
        v.department || '.' || v.feed as feed,
        v.value,
        v.is_golden,
        v.trust
    from warehouse.resident_value as v
    where v.attribute in ('sex', 'birth_date')
),

home as (
    select
        resident_id,
        department || '.' || feed as feed,
        department,
        dwelling_id,
        row_number() over (
            partition by resident_id, department
            order by seen_on desc nulls last, feed, dwelling_id
        ) as place
    from warehouse.residency
    where residency_role = 'lives' and is_current and department in ('public_security', 'community')
),

found as (
    -- Dead at one department, and met, registered or alive at another afterwards.
    select 'dead_and_active' as discrepancy_kind, d.resident_id, d.feed,
        'community.resident_visit' as other_feed, cast(d.occurred_on as varchar) as value,
        cast(m.visited_on as varchar) as other_value
    from dead as d
    inner join met as m
        on m.resident_id = d.resident_id
    where m.visited_on > d.occurred_on

    union all

    select 'dead_and_active', d.resident_id, d.feed, 'public_security.resident_register',
        cast(d.occurred_on as varchar), r.person_status
    from dead as d
    inner join warehouse.resident as r
        on r.resident_id = d.resident_id
    where d.feed = 'civil_affairs.cremation' and r.person_status = '0'

    union all

    select 'dead_and_paid', d.resident_id, d.feed, 'civil_affairs.assistance_payment',
        cast(d.occurred_on as varchar), p.paid_month
    from dead as d
    inner join warehouse.benefit_payment as p
        on p.resident_id = d.resident_id
    where p.payment_status = 'paid' and p.paid_month > d.death_month

    union all

    select 'dead_and_paid', d.resident_id, d.feed, 'civil_affairs.elderly_allowance',
        cast(d.occurred_on as varchar), null
    from dead as d
    inner join warehouse.benefit_grant as g
        on g.resident_id = d.resident_id
    cross join parameter.as_of as today
    where g.benefit_kind = 'elderly_allowance' and g.to_month is null
        and d.death_month < strftime(today.as_of, '%Y-%m')

    union all

    select golden.attribute, golden.resident_id, golden.feed, other.feed, golden.value, other.value
    from first_value as golden
    inner join first_value as other
        on other.resident_id = golden.resident_id
        and other.attribute = golden.attribute
    where golden.is_golden and not other.is_golden and golden.feed <> other.feed

    union all

    select 'residence', police.resident_id, police.feed, grid.feed, police.dwelling_id, grid.dwelling_id
    from home as police
    inner join home as grid
        on grid.resident_id = police.resident_id
    where police.department = 'public_security' and grid.department = 'community'
        and police.place = 1 and grid.place = 1 and police.dwelling_id <> grid.dwelling_id
)

select
    discrepancy_kind,
    resident_id,
    feed,
    other_feed,
    max(value) as value,
    max(other_value) as other_value
from found
group by discrepancy_kind, resident_id, feed, other_feed
