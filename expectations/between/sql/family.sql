-- One row a current version of the register in a family's booklet that a rule on families may doubt, and the
-- resident that it is. Those booklets are few: who stands in the others is not asked.
with kept as (
    select
        r._key as record_key,
        r.booklet_no,
        r.household_kind,
        r.relation,
        r.person_status,
        case when r.birth_date_precision = 'day' then r.birth_date end as birth_date,
        cast(r.valid_from_at + interval 8 hour as date) as valid_from
    from conformed.public_security_resident_register as r
    where r.is_current and not coalesce(r.is_reversed, false)
        and r.household_kind = '1' and r.booklet_no is not null
),

-- The head is dead, there are two spouses, or a child is as old as the parent.
doubted as (
    select booklet_no
    from kept
    group by booklet_no
    having max(case when person_status = '1' and relation in ('01', '02') then 1 else 0 end) = 1
        or sum(case when person_status = '0' and relation in ('10', '11', '12') then 1 else 0 end) > 1
        or min(case when relation between '20' and '39' then birth_date end)
            < max(case when relation in ('01', '02') then birth_date end) + interval 14 year
)

select c.resident_id, k.*
from kept as k
inner join doubted as d
    on d.booklet_no = k.booklet_no
inner join identity.crosswalk as c
    on c.record_key = k.record_key
    and c.feed = 'resident_register'
    and c.department = 'public_security'
