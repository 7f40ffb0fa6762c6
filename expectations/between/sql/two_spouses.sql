with spouse as (
    select
        resident_id,
        record_key,
        relation,
        booklet_no,
        min(record_key) over (partition by booklet_no) as first_key,
        min(resident_id) over (partition by booklet_no) as first_resident_id,
        max(resident_id) over (partition by booklet_no) as last_resident_id
    from stage.family
    where household_kind = '1' and person_status = '0' and booklet_no is not null
        and relation in ('10', '11', '12')
)

select
    s.resident_id as subject,
    s.resident_id,
    s.first_key as record_key,
    s.relation as value,
    s.record_key as other_record_key,
    s.relation as other_value
from spouse as s
where s.first_resident_id <> s.last_resident_id
