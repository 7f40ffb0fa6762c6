-- Requests that were passed on, with both stages.
select
    r.ticket_id, 'city_management|' || q.city_case_id as linked_ticket_id,
    r.is_open <> c.is_open as stages_differ
from community.request as q
join ticket as r on r.ticket_id = 'community|' || q.request_no
left join ticket as c on c.case_id = q.city_case_id
where q.city_case_id is not null
