-- One row an identity number that a resident was seen with.
-- grain: resident_id
select
    a.resident_id,
    a.id_no,
    case -- six characters of a passport would be most of it
        when length(a.id_no) < 15
            then substr(a.id_no, 1, 1) || repeat('*', greatest(length(a.id_no) - 1, 1))
        else substr(a.id_no, 1, 6) || repeat('*', length(a.id_no) - 6)
    end as id_no_masked,
    a.id_no = min(g.id_no) as is_golden,
    max(case when a.is_citizen_id then 1 else 0 end) = 1 as is_citizen_id,
    list_sort(array_agg(distinct a.department)) as departments,
    count(*) as record_count
from stage.appearance as a
inner join stage.golden as g
    on g.resident_id = a.resident_id
where a.id_no is not null
group by a.resident_id, a.id_no
