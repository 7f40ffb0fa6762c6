-- One row a current version of the register, and the resident that it is.
select
    c.resident_id,
    r._key as record_key,
    r.person_no,
    r.booklet_no,
    r.household_kind,
    r.relation,
    r.id_no,
    r.sex,
    case when r.birth_date_precision = 'day' then r.birth_date end as birth_date,
    r.marital_status,
    r.person_status,
    r.register_match,
    cast(r.valid_from_at + interval 8 hour as date) as valid_from
from conformed.public_security_resident_register as r
inner join identity.crosswalk as c
    on c.record_key = r._key
    and c.feed = 'resident_register'
    and c.department = 'public_security'
where r.is_current and not coalesce(r.is_reversed, false)
