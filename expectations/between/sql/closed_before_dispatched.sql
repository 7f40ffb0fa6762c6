with dispatched as (
    select case_id, min(began_at) as began_at, min_by(_key, began_at) as record_key
    from conformed.city_management_case_step
    where case_step = 'dispatch' and coalesce(step_action, 'normal') <> 'void'
    group by case_id
)

select
    r._key as subject,
    cast(null as varchar) as resident_id,
    d.record_key,
    d.began_at as value,
    r._key as other_record_key,
    r.closed_at as other_value
from conformed.city_management_case as r
inner join dispatched as d
    on d.case_id = r.case_id
where r.closed_at < d.began_at
