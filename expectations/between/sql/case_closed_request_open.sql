select
    q._key as subject,
    cast(null as varchar) as resident_id,
    r._key as record_key,
    r.closed_at as value,
    q._key as other_record_key,
    q.request_status as other_value
from conformed.community_request as q
inner join conformed.city_management_case as r
    on r.case_id = q.city_case_id
inner join stage.horizon as known
    on known.feed = 'community.request'
    and cast(r.closed_at + interval 176 hour as date) < known.whole_before
where r.case_status = 'closed' and q.request_status in ('reported', 'accepted', 'verified', 'handling')
