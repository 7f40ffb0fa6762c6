with letting as (
    select r._key as rental_no, t.dwelling_id, r.registered_occupants
    from conformed.public_security_rental_housing as r
    inner join warehouse.rental as t
        on t.rental_no = r._key
    cross join parameter.as_of as today
    where r.registered_occupants is not null and (r.let_to is null or r.let_to > today.as_of)
),

tenant as (
    select rental_no, count(*) as people, max(_key) as record_key
    from conformed.public_security_floating_population
    where floating_status = '12' and rental_no is not null
    group by rental_no
),

-- The landlord who lives in the house is no tenant.
met as (
    select y.dwelling_id, count(distinct y.resident_id) as people
    from warehouse.residency as y
    inner join letting as t
        on t.dwelling_id = y.dwelling_id
    left join warehouse.residency as o
        on o.dwelling_id = y.dwelling_id
        and o.resident_id = y.resident_id
        and o.residency_role = 'owns'
    left join stage.death as d
        on d.resident_id = y.resident_id
    where y.department = 'community' and y.feed = 'resident_visit' and y.residency_role = 'lives'
        and y.is_current and o.resident_id is null and d.resident_id is null
    group by y.dwelling_id
)

select
    t.rental_no as subject,
    cast(null as varchar) as resident_id,
    'public_security.floating_population' as feed,
    f.record_key,
    f.people as value,
    'public_security.rental_housing' as other_feed,
    t.rental_no as other_record_key,
    t.registered_occupants as other_value
from letting as t
inner join tenant as f
    on f.rental_no = t.rental_no
where f.people > t.registered_occupants

union all

select
    t.rental_no, null, 'community.resident_visit', null, m.people, 'public_security.rental_housing',
    t.rental_no, t.registered_occupants
from letting as t
inner join met as m
    on m.dwelling_id = t.dwelling_id
where m.people > t.registered_occupants
