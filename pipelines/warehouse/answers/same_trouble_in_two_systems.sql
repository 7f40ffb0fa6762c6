-- title: The same trouble in two systems
-- title_zh: 两套系统中的同一问题
-- definition: Requests that were passed on to city management, with both stages side by side.
-- definition_zh: 已转城管的居民诉求及其在两套系统中的状态。
-- access: open
select
    l.ticket_id,
    request.status as request_status,
    l.linked_ticket_id,
    city.status as case_status,
    city.handler,
    request.is_open <> city.is_open as stages_differ
from warehouse.ticket_link as l
join warehouse.ticket as request on request.ticket_id = l.ticket_id
left join warehouse.ticket as city on city.ticket_id = l.linked_ticket_id
where l.link_kind = 'passed_on'
