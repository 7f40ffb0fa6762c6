-- title: Dead and yet paid
-- title_zh: 死亡后仍在领取
-- definition: An assistance payment that succeeded for a month after the month of death, or an allowance without a stop whose person died before the month of the business date.
-- definition_zh: 死亡当月之后仍有发放成功的救助金，或未停发高龄津贴且死亡月份早于业务月份。
-- access: sensitive
with dead as (
    select resident_id, min(occurred_on) as died_on
    from warehouse.life_event
    where event_kind = 'death' and occurred_on is not null
    group by resident_id
)

select
    r.resident_id,
    r.name_masked,
    r.grid_code,
    d.died_on,
    'assistance' as benefit_kind,
    count(*) as payments_after_death,
    sum(p.total_amount_cny) as amount_after_death_cny
from dead as d
join warehouse.resident as r on r.resident_id = d.resident_id
join warehouse.benefit_payment as p on p.resident_id = d.resident_id
where p.payment_status = 'paid' and p.paid_month > to_char(d.died_on, 'YYYY-MM')
group by r.resident_id, r.name_masked, r.grid_code, d.died_on

union all

select r.resident_id, r.name_masked, r.grid_code, d.died_on, 'elderly_allowance', null, null
from dead as d
join warehouse.resident as r on r.resident_id = d.resident_id
join warehouse.benefit_grant as g on g.resident_id = d.resident_id
cross join warehouse.publication as now
where g.benefit_kind = 'elderly_allowance' and g.to_month is null
    and to_char(d.died_on, 'YYYY-MM') < to_char(now.as_of, 'YYYY-MM')
