-- grain: resident_id
select
    c.resident_id as subject,
    c.resident_id,
    c.record_key,
    c.death_date as value,
    r.record_key as other_record_key,
    r.death_date as other_value
from stage.death as c
inner join stage.death as r
    on r.resident_id = c.resident_id
where c.feed = 'civil_affairs.cremation' and c.death_date_precision = 'day'
    and r.feed = 'public_security.resident_register'
    and (
        (r.death_date_precision = 'day' and r.death_date <> c.death_date)
        or (r.death_date_precision = 'month' and strftime(r.death_date, '%Y-%m') <> strftime(c.death_date, '%Y-%m'))
    )
