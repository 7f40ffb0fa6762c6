-- One row a case of city management or a request of a resident.
-- grain: ticket_id
-- of conformed.city_management_case: 'city_management|' || case_id
-- of conformed.city_management_case_step: 'city_management|' || case_id
-- of conformed.community_request: 'community|' || request_no
with closed as (
    select case_id, min(seq) as seq
    from conformed.city_management_case_step
    where case_step = 'close'
    group by case_id
),

stepped as (
    select
        s.case_id,
        sum(case when s.step_action = 'returned' then 1 else 0 end) as return_count,
        sum(case when s.seq > c.seq and s.case_step not in ('rate', 'close') then 1 else 0 end)
            as reopen_count
    from conformed.city_management_case_step as s
    left join closed as c
        on c.case_id = s.case_id
    group by s.case_id
)

select
    'city_management|' || t.case_id as ticket_id,
    'city_management' as department,
    'case' as feed,
    t.case_id as ticket_no,
    t.case_source as channel,
    t.case_kind as category,
    t.major_class,
    t.minor_class,
    t.description as content,
    t.address,
    m.dwelling_id,
    t.grid_code,
    substr(t.grid_code, 1, 12) as community_code,
    t.component_code,
    t.longitude_deg,
    t.latitude_deg,
    t.handler_unit as handler,
    t.case_status as status,
    t.case_status not in ('closed', 'cancelled') as is_open,
    c.resident_id as reporter_resident_id,
    t.reported_at,
    t.deadline_at,
    t.closed_at as finished_at,
    t.satisfaction as rating,
    cast(coalesce(s.return_count, 0) as bigint) as return_count,
    cast(coalesce(s.reopen_count, 0) as bigint) as reopen_count
from conformed.city_management_case as t
left join stepped as s
    on s.case_id = t.case_id
left join identity.crosswalk as c
    on c.department = 'city_management'
    and c.feed = 'case'
    and c.slot = 'reporter'
    and c.record_key = t._key
left join identity.address_match as m
    on m.department = 'city_management'
    and m.feed = 'case'
    and m.slot = 'reporter'
    and m.record_key = t._key

union all

select
    'community|' || t.request_no, 'community', 'request', t.request_no, t.request_channel, t.category,
    null, null, t.content, t.address, m.dwelling_id, t.grid_code, substr(t.grid_code, 1, 12), null,
    null, null, t.handler, t.request_status,
    t.request_status not in ('feedback', 'rated', 'cancelled'), c.resident_id, t.reported_at, null,
    t.handled_at, t.rating, 0, 0
from conformed.community_request as t
left join identity.crosswalk as c
    on c.department = 'community'
    and c.feed = 'request'
    and c.slot = 'requester'
    and c.record_key = t._key
left join identity.address_match as m
    on m.department = 'community'
    and m.feed = 'request'
    and m.slot = 'requester'
    and m.record_key = t._key
