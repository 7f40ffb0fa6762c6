-- cells: handler
with closed as (
    select caseId, min(seq) as seq from city_management.case_step where step = 'close' group by caseId
),

stepped as (
    select
        s.caseId as case_id,
        bool_or(s.action = 'returned') as was_returned,
        bool_or(s.seq > c.seq and s.step not in ('rate', 'close')) as was_reopened
    from city_management.case_step as s
    left join closed as c on c.caseId = s.caseId
    group by s.caseId
)

select
    t.handler, count(*) as tickets,
    count(*) filter (where t.is_open and t.deadline_at < cast(d.as_of as timestamp)) as overdue,
    count(*) filter (where s.was_returned) as returned,
    count(*) filter (where s.was_reopened) as reopened
from ticket as t
cross join today as d
left join stepped as s on s.case_id = t.case_id
group by t.handler
