-- grain: resident_id
select
    p.resident_id as subject,
    p.resident_id,
    p.record_key,
    p.person_status as value,
    f._key as other_record_key,
    f.home_division_code as other_value
from conformed.public_security_floating_population as f
inner join identity.crosswalk as c
    on c.record_key = f._key
    and c.feed = 'floating_population'
    and c.department = 'public_security'
inner join stage.registered as p
    on p.resident_id = c.resident_id
where f.floating_status = '12' and p.person_status = '0'
    and f.home_division_code is not null
    and f.home_division_code not in (select division_code from conformed.community_division)
