-- grain: resident_id
with home as (
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
    where residency_role = 'lives' and is_current
        and department || '.' || feed in ('public_security.resident_register',
            'public_security.floating_population', 'community.resident_visit')
),

apart as (
    select g.resident_id, g.feed, g.dwelling_id, p.feed as other_feed, p.dwelling_id as other_dwelling_id
    from home as p
    inner join home as g
        on g.resident_id = p.resident_id
    where p.department = 'public_security' and g.department = 'community'
        and p.place = 1 and g.place = 1 and p.dwelling_id <> g.dwelling_id
),

-- The records behind the two homes: the register's current versions only.
recorded as (
    select a.resident_id, c.department || '.' || c.feed as feed, c.record_key
    from apart as a
    inner join identity.crosswalk as c
        on c.resident_id = a.resident_id
    left join stage.registered as r
        on r.record_key = c.record_key
    where c.slot = 'self' and (
        (c.department = 'community' and c.feed = 'resident_visit')
        or (c.department = 'public_security' and c.feed = 'floating_population')
        or r.record_key is not null
    )
),

speaker as (
    select resident_id, feed, max(record_key) as record_key
    from recorded
    group by resident_id, feed
)

select
    a.resident_id as subject,
    a.resident_id,
    a.feed,
    s.record_key,
    a.dwelling_id as value,
    a.other_feed as other_feed,
    o.record_key as other_record_key,
    a.other_dwelling_id as other_value
from apart as a
inner join recorded as o
    on o.resident_id = a.resident_id
    and o.feed = a.other_feed
left join speaker as s
    on s.resident_id = a.resident_id
    and s.feed = a.feed
