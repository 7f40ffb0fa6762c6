-- One row a tag that a feed gives a resident: what visitors wrote, and the lists that a person is on.
-- grain: resident_id
with visit as (
    select
        c.resident_id,
        trim(tag.tag) as tag,
        cast(v.visited_at + interval 8 hour as date) as seen_on
    from conformed.community_resident_visit as v
    inner join identity.crosswalk as c
        on c.department = 'community'
        and c.feed = 'resident_visit'
        and c.slot = 'self'
        and c.record_key = v._key
    cross join unnest(string_split(replace(v.tags_text, '，', ','), ',')) as tag (tag)
    where not coalesce(v.is_deleted, false) and v.tags_text is not null
)

select resident_id, tag, 'community' as department, 'resident_visit' as feed, max(seen_on) as seen_on
from visit
where tag <> ''
group by resident_id, tag

union all

select distinct resident_id, '留守儿童', 'civil_affairs', 'left_behind_child', cast(null as date)
from identity.crosswalk
where department = 'civil_affairs' and feed = 'left_behind_child' and slot = 'self'

union all

select distinct resident_id, '救助对象', 'civil_affairs', 'assistance_member', cast(null as date)
from identity.crosswalk
where department = 'civil_affairs' and feed = 'assistance_member' and slot = 'self'

union all

select distinct resident_id, '持证残疾人', 'civil_affairs', 'disability_certificate', cast(null as date)
from identity.crosswalk
where department = 'civil_affairs' and feed = 'disability_certificate' and slot = 'self'
