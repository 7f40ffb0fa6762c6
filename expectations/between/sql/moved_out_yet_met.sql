-- grain: resident_id
select
    p.resident_id as subject,
    p.resident_id,
    v._key as record_key,
    cast(v.visited_at + interval 8 hour as date) as value,
    p.record_key as other_record_key,
    p.person_status as other_value
from stage.registered as p
inner join identity.crosswalk as c
    on c.resident_id = p.resident_id
    and c.feed = 'resident_visit'
    and c.department = 'community'
inner join conformed.community_resident_visit as v
    on v._key = c.record_key
where p.person_status = '2' and not coalesce(v.is_deleted, false) and v.residence_kind = 'local'
    and cast(v.visited_at + interval 8 hour as date) > p.valid_from + interval 31 day
