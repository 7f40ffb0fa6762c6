-- One row a value of an attribute on which a resident's sources differ, winner and losers.
-- grain: resident_id
with differing as (
    select * from stage.golden
    where name_differs or sex_differs or birth_date_differs or id_no_differs or phone_differs
),

spoken as (
    select a.resident_id, 'name' as attribute, a.name as value, g.name as golden, a.department, a.feed,
        a.trust_name as trust, a.belief_name as belief, a.observed_at
    from stage.appearance as a
    inner join differing as g on g.resident_id = a.resident_id
    where g.name_differs and a.name is not null
    union all
    select a.resident_id, 'sex', a.sex, g.sex, a.department, a.feed, a.trust_sex, a.belief_sex,
        a.observed_at
    from stage.appearance as a
    inner join differing as g on g.resident_id = a.resident_id
    where g.sex_differs and a.sex is not null
    union all
    select a.resident_id, 'birth_date', cast(a.birth_date as varchar), cast(g.birth_date as varchar),
        a.department, a.feed, a.trust_birth_date, a.belief_birth_date, a.observed_at
    from stage.appearance as a
    inner join differing as g on g.resident_id = a.resident_id
    where g.birth_date_differs and a.birth_date is not null
    union all
    select a.resident_id, 'id_no', a.id_no, g.id_no, a.department, a.feed, a.trust_id_no,
        a.belief_id_no, a.observed_at
    from stage.appearance as a
    inner join differing as g on g.resident_id = a.resident_id
    where g.id_no_differs and a.id_no is not null
    union all
    select a.resident_id, 'phone', a.phone, g.phone, a.department, a.feed, a.trust_phone,
        a.belief_phone, a.observed_at
    from stage.appearance as a
    inner join differing as g on g.resident_id = a.resident_id
    where g.phone_differs and a.phone is not null
)

select
    resident_id,
    attribute,
    value,
    coalesce(max(case when value = golden then 1 else 0 end) = 1, false) as is_golden,
    max_by(department, belief) as department,
    max_by(feed, belief) as feed,
    cast(max_by(trust, belief) as bigint) as trust,
    max(observed_at) as observed_at,
    count(*) as record_count
from spoken
group by resident_id, attribute, value
