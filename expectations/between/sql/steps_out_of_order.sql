with in_order as (
    select
        _key,
        began_at,
        lag(began_at) over (partition by case_id order by seq, _key) as last_began_at,
        lag(_key) over (partition by case_id order by seq, _key) as last_key
    from conformed.city_management_case_step
    where case_id is not null and seq is not null and began_at is not null
        and coalesce(step_action, 'normal') <> 'void'
)

select
    _key as subject,
    cast(null as varchar) as resident_id,
    last_key as record_key,
    last_began_at as value,
    _key as other_record_key,
    began_at as other_value
from in_order
where began_at < last_began_at
