-- One row a certificate of disability. A number damaged twice may appear twice: the newest issue stands.
-- grain: resident_id
with certificate as (
    select
        c.resident_id,
        coalesce(nullif(substr(d.certificate_no, 19), ''), '?') as certificate_no_suffix,
        d.disability_kind,
        d.disability_level,
        d.issued_on,
        d.expires_on,
        d.has_care_subsidy,
        d.has_living_subsidy,
        guardian.resident_id as guardian_resident_id,
        row_number() over (
            partition by c.resident_id, coalesce(nullif(substr(d.certificate_no, 19), ''), '?')
            order by d.issued_on desc nulls last, d._key
        ) as place
    from conformed.civil_affairs_disability_certificate as d
    inner join identity.crosswalk as c
        on c.department = 'civil_affairs'
        and c.feed = 'disability_certificate'
        and c.slot = 'self'
        and c.record_key = d._key
    left join identity.crosswalk as guardian
        on guardian.department = 'civil_affairs'
        and guardian.feed = 'disability_certificate'
        and guardian.slot = 'guardian'
        and guardian.record_key = d._key
)

select
    resident_id,
    certificate_no_suffix,
    disability_kind,
    disability_level,
    issued_on,
    expires_on,
    has_care_subsidy,
    has_living_subsidy,
    guardian_resident_id
from certificate
where place = 1
