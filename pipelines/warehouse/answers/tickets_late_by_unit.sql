-- title: Overdue, returned and reopened tickets, by unit
-- title_zh: 各单位超期、退回、重开工单
-- definition: Open tickets past their deadline on the business date, and all tickets that were returned or reopened, by the unit that handles them.
-- definition_zh: 按处置单位统计业务日期已超期的在办工单，以及被退回、重开的工单。
-- access: open
select
    t.handler,
    count(*) as tickets,
    count(*) filter (
        where t.is_open and t.deadline_at < now.as_of::timestamp at time zone 'Asia/Shanghai'
    ) as overdue,
    count(*) filter (where t.return_count > 0) as returned,
    count(*) filter (where t.reopen_count > 0) as reopened
from warehouse.ticket as t
cross join warehouse.publication as now
group by t.handler
