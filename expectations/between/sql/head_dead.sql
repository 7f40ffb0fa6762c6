with living as (
    select booklet_no, count(*) as members
    from stage.family
    where household_kind = '1' and person_status = '0' and booklet_no is not null
    group by booklet_no
    having sum(case when relation in ('01', '02') then 1 else 0 end) = 0
)

select
    h.resident_id as subject,
    h.resident_id,
    h.record_key,
    h.person_status as value,
    h.record_key as other_record_key,
    h.relation as other_value
from stage.family as h
inner join living as l
    on l.booklet_no = h.booklet_no
cross join parameter.as_of as today
where h.person_status = '1' and h.relation in ('01', '02') and h.household_kind = '1'
    and h.valid_from + interval 31 day < today.as_of
