-- grain: resident_id
with living as (
    select
        resident_id,
        record_key,
        person_no,
        first_value(record_key) over (
            partition by resident_id order by valid_from desc nulls last, record_key desc
        ) as newest_key,
        first_value(person_no) over (
            partition by resident_id order by valid_from desc nulls last, record_key desc
        ) as newest_person_no
    from stage.registered
    where person_status = '0'
)

select
    resident_id as subject,
    resident_id,
    newest_key as record_key,
    newest_person_no as value,
    record_key as other_record_key,
    person_no as other_value
from living
where person_no <> newest_person_no
