-- grain: resident_id
with believed as (
    select resident_id, value, department || '.' || feed as feed
    from warehouse.resident_value
    where attribute = {attribute} and is_golden
),

spoken as (
    select
        b.resident_id,
        b.value as believed,
        b.feed as believed_feed,
        c.department || '.' || c.feed as feed,
        c.record_key,
        case {attribute}
            when 'sex' then case when m.sex in ('1', '2') then m.sex end
            when 'birth_date' then case when m.birth_precision = 'day' then cast(m.birth_date as varchar) end
            when 'id_no' then m.number
            when 'name' then m.name
        end as value,
        m.number
    from believed as b
    inner join identity.crosswalk as c
        on c.resident_id = b.resident_id
    inner join identity.mention as m
        on m.mention_id = c.mention_id
    left join stage.registered as r
        on r.record_key = c.record_key
    where c.feed <> 'resident_register' or r.record_key is not null
),

speaker as (
    select resident_id, max(record_key) as record_key
    from spoken
    where value = believed and feed = believed_feed
    group by resident_id
),

numbered as (
    select resident_id, max(number) as number
    from spoken
    where value = believed and feed = believed_feed
    group by resident_id
)

select
    s.resident_id as subject,
    s.resident_id,
    s.believed_feed as feed,
    k.record_key,
    s.believed as value,
    s.feed as other_feed,
    s.record_key as other_record_key,
    s.value as other_value
from spoken as s
left join speaker as k
    on k.resident_id = s.resident_id
left join numbered as n
    on n.resident_id = s.resident_id
where s.value <> s.believed and s.feed <> s.believed_feed and s.feed in ({judged})
    and ({attribute} <> 'name' or s.number = n.number)
    and ({attribute} <> 'name' or not exists (
        select 1
        from warehouse.resident_name as f
        where f.resident_id = s.resident_id and f.name = s.value and f.name_kind = 'former'
    ))
