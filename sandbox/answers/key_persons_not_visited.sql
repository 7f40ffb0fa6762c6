-- Tagged by a visitor or on a list, and not visited for thirty days.
with listed as (
    select w.resident_id from who as w
    where w.slot = 'self' and w.feed in ('civil_affairs.left_behind_child', 'civil_affairs.assistance_member',
        'civil_affairs.disability_certificate')
    union
    select w.resident_id
    from community.resident_visit as v
    join who as w on w.feed = 'community.resident_visit' and w.slot = 'self' and w.record_key = v._key
    where v.is_deleted = 0 and regexp_matches(v.tags, '独居老人|高龄老人|残疾人|留守儿童')
)

select r.resident_id, v.last_visit_on
from resident as r
join listed as l on l.resident_id = r.resident_id
left join visited as v on v.resident_id = r.resident_id
cross join today as t
where not r.is_dead and (v.last_visit_on is null or v.last_visit_on <= t.as_of - 30)
