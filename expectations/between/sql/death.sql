-- One row a resident and a record that says dead; the last day that it leaves open where the day is unknown.
with said as (
    select
        c.resident_id,
        'public_security.resident_register' as feed,
        r._key as record_key,
        r.death_date,
        r.death_date_precision
    from conformed.public_security_resident_register as r
    inner join identity.crosswalk as c
        on c.record_key = r._key
        and c.feed = 'resident_register'
        and c.department = 'public_security'
    where r.person_status = '1' and r.is_current and not coalesce(r.is_reversed, false)

    union all

    select c.resident_id, 'civil_affairs.cremation', r._key, r.death_date, r.death_date_precision
    from conformed.civil_affairs_cremation as r
    inner join identity.crosswalk as c
        on c.record_key = r._key
        and c.feed = 'cremation'
        and c.department = 'civil_affairs'
)

select
    resident_id,
    feed,
    record_key,
    death_date,
    death_date_precision,
    {dead_by} as dead_by
from said
where death_date is not null
