with step as (
    select case_id, max(case when case_step = 'close' then 1 else 0 end) as closes
    from conformed.city_management_case_step
    group by case_id
)

select
    r._key as subject,
    cast(null as varchar) as resident_id,
    cast(null as varchar) as record_key,
    cast(null as varchar) as value,
    r._key as other_record_key,
    r.case_status as other_value
from conformed.city_management_case as r
inner join stage.horizon as known
    on known.feed = 'city_management.case_step'
    and cast(r.updated_at + interval 8 hour as date) < known.whole_before
inner join step as s
    on s.case_id = r.case_id
where r.case_status = 'closed' and s.closes = 0
