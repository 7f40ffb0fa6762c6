-- One row an appearance of a resident in a record: comparable values, and how far each is to be believed.
-- A belief is trust * 2^56 + seconds since 1970 * 2^24 + a tie-breaker, so that no two of a resident are equal.
with weighed as (
    select
        c.resident_id,
        m.department,
        m.feed,
        m.name,
        m.former_name,
        m.pinyin,
        case when m.sex in ('1', '2') then m.sex end as sex,
        case when m.birth_precision = 'day' then m.birth_date end as birth_date,
        case when t.ethnicity > 0 and regexp_matches(m.ethnicity, '^[0-9]{2}$') then m.ethnicity end
            as ethnicity,
        coalesce(m.number, m.document_no) as id_no,
        m.number is not null as is_citizen_id,
        m.phone,
        o.observed_at,
        t.name as trust_name,
        t.sex as trust_sex,
        t.birth_date as trust_birth_date,
        t.ethnicity as trust_ethnicity,
        t.id_no + case when m.number is not null then 60 else 0 end as trust_id_no,
        t.phone as trust_phone,
        case when coalesce(o.is_standing, false) then 1 else 0 end as standing,
        cast(coalesce(greatest(epoch(o.observed_at), 0), 0) as bigint) * 16777216
            + row_number() over (partition by c.resident_id order by m.mention_id) as recency
    from identity.crosswalk as c
    inner join identity.mention as m
        on m.mention_id = c.mention_id
    inner join parameter.trust as t
        on t.department = m.department
        and t.feed = m.feed
        and t.slot = m.slot
    left join stage.observed as o
        on o.record_key = m.record_key
        and o.feed = m.feed
        and o.department = m.department
)

select
    *,
    trust_name * standing * 72057594037927936 + recency as belief_name,
    trust_sex * standing * 72057594037927936 + recency as belief_sex,
    trust_birth_date * standing * 72057594037927936 + recency as belief_birth_date,
    trust_ethnicity * standing * 72057594037927936 + recency as belief_ethnicity,
    trust_id_no * standing * 72057594037927936 + recency as belief_id_no,
    trust_phone * standing * 72057594037927936 + recency as belief_phone
from weighed
