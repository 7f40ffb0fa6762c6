with parent as (
    select booklet_no, max(birth_date) as birth_date, max(record_key) as record_key
    from stage.family
    where household_kind = '1' and relation in ('01', '02') and birth_date is not null and booklet_no is not null
    group by booklet_no
    having count(distinct resident_id) = 1
)

select
    k.resident_id as subject,
    k.resident_id,
    p.record_key,
    p.birth_date as value,
    k.record_key as other_record_key,
    k.relation as other_value
from stage.family as k
inner join parent as p
    on p.booklet_no = k.booklet_no
where k.household_kind = '1'
    and k.relation in ('20', '21', '22', '23', '24', '25', '26', '29', '30', '31', '32', '33', '34', '35', '36', '39')
    and k.birth_date < p.birth_date + interval 14 year
