-- Paid for a month after the month of death, or an allowance that nobody stopped.
select w.resident_id, 'assistance' as benefit_kind, cast(count(*) as varchar) as payments_after_death
from civil_affairs.assistance_payment as p
join who as w on w.feed = 'civil_affairs.assistance_payment' and w.slot = 'self' and w.record_key = p._key
join resident as r on r.resident_id = w.resident_id and r.is_dead
where p.发放状态 = '成功' and p.发放年月 > strftime(r.death_date, '%Y-%m')
group by w.resident_id
union all
select r.resident_id, 'elderly_allowance', null
from "grant" as g
join resident as r on r.resident_id = g.resident_id and r.is_dead
cross join today as t
where g.benefit_kind = 'elderly_allowance' and g.to_month is null and strftime(r.death_date, '%Y-%m') < t.month
