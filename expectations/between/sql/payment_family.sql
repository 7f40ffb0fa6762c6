-- Lists show today's families: only the newest month that was paid can be compared with them.
with newest as (
    select max(paid_month) as paid_month
    from conformed.civil_affairs_assistance_payment
),

there as (
    select family_no from conformed.civil_affairs_assistance_member
    union
    select split_part(_key, '|', 1) from quarantine.civil_affairs_assistance_member
)

select
    p._key as subject,
    cast(null as varchar) as resident_id,
    cast(null as varchar) as record_key,
    cast(null as varchar) as value,
    p._key as other_record_key,
    p.family_no as other_value
from conformed.civil_affairs_assistance_payment as p
inner join newest as n
    on n.paid_month = p.paid_month
inner join stage.horizon as known
    on known.feed = 'civil_affairs.assistance_member'
    and cast(p.paid_month || '-01' as date) < known.whole_before
left join there as t
    on t.family_no = p.family_no
where p.payment_status = 'paid' and t.family_no is null
