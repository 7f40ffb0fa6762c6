-- One row a step of a ticket: a case's own steps, and the stages that a request has reached.
-- grain: ticket_id
-- of conformed.city_management_case_step: 'city_management|' || case_id
-- of conformed.community_request: 'community|' || request_no
select
    'city_management|' || step_id as step_id,
    'city_management|' || case_id as ticket_id,
    seq,
    case_step as step,
    step_action,
    from_unit,
    to_unit,
    began_at,
    ended_at,
    deadline_at
from conformed.city_management_case_step
where case_id is not null

union all

select
    'community|' || r.request_no || '|' || reached.step, 'community|' || r.request_no, reached.seq, reached.step,
    'normal', null, null, reached.began_at, null, null
from conformed.community_request as r
cross join lateral (
    select 1 as seq, 'report' as step, r.reported_at as began_at
    union all select 2, 'accept', r.accepted_at
    union all select 3, 'verify', r.verified_at
    union all select 4, 'handle', r.handled_at
    union all select 5, 'feedback', r.feedback_at
    union all select 6, 'rate', r.rated_at
) as reached
where reached.began_at is not null
