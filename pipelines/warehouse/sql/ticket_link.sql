-- One row a pair of tickets about one matter: passed on to city management, or a repeated case.
-- grain: ticket_id
-- of conformed.city_management_case: 'city_management|' || case_id
-- of conformed.community_request: 'community|' || request_no
select
    'community|' || request_no as ticket_id,
    'city_management|' || city_case_id as linked_ticket_id,
    'passed_on' as link_kind
from conformed.community_request
where city_case_id is not null

union all

select 'city_management|' || case_id, 'city_management|' || duplicate_of, 'duplicate'
from conformed.city_management_case
where duplicate_of is not null
