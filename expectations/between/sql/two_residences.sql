-- grain: resident_id
with floating as (
    select
        c.resident_id,
        f._key as record_key,
        f.registered_on,
        m.dwelling_id,
        row_number() over (
            partition by c.resident_id order by f.registered_on desc nulls last, f._key desc
        ) as place
    from conformed.public_security_floating_population as f
    inner join identity.crosswalk as c
        on c.record_key = f._key
        and c.feed = 'floating_population'
        and c.department = 'public_security'
    inner join identity.address_match as m
        on m.record_key = f._key
        and m.feed = 'floating_population'
        and m.department = 'public_security'
    where f.floating_status = '12' and m.dwelling_id is not null
),

newest as (
    select * from floating
    where place = 1
)

select
    n.resident_id as subject,
    n.resident_id,
    'public_security.floating_population' as feed,
    n.record_key,
    cast(n.registered_on as varchar) as value,
    'public_security.floating_population' as other_feed,
    f.record_key as other_record_key,
    cast(f.registered_on as varchar) as other_value
from newest as n
inner join floating as f
    on f.resident_id = n.resident_id
where f.dwelling_id <> n.dwelling_id

union all

-- The register says that the person lives where it is registered; a newer registration says where else.
select
    n.resident_id, n.resident_id, 'public_security.floating_population', n.record_key,
    cast(n.registered_on as varchar), 'public_security.resident_register', r.record_key, r.register_match
from newest as n
inner join stage.registered as r
    on r.resident_id = n.resident_id
where r.person_status = '0' and r.register_match = '01' and n.registered_on > r.valid_from
