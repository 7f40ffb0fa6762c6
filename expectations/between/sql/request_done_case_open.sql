select
    q._key as subject,
    cast(null as varchar) as resident_id,
    r._key as record_key,
    r.case_status as value,
    q._key as other_record_key,
    q.feedback_at as other_value
from conformed.community_request as q
inner join conformed.city_management_case as r
    on r.case_id = q.city_case_id
inner join stage.horizon as known
    on known.feed = 'city_management.case'
    and cast(q.feedback_at + interval 8 hour as date) < known.whole_before
where q.request_status in ('feedback', 'rated') and r.case_status in ('reported', 'accepted', 'verified', 'dispatched')
