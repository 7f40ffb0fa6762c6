-- grain: resident_id
select
    p.resident_id as subject,
    p.resident_id,
    p.record_key,
    p.id_no as value,
    d._key as other_record_key,
    d.certificate_no as other_value
from conformed.civil_affairs_disability_certificate as d
inner join identity.crosswalk as c
    on c.record_key = d._key
    and c.feed = 'disability_certificate'
    and c.slot = 'self'
    and c.department = 'civil_affairs'
inner join stage.registered as p
    on p.resident_id = c.resident_id
where length(trim(p.id_no)) = 18 and upper(trim(p.id_no)) <> upper(substr(trim(d.certificate_no), 1, 18))
