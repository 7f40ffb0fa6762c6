-- One row a name that a resident was seen with, former names included.
-- grain: resident_id
with spoken as (
    select resident_id, name, department, 1 as is_present from stage.appearance where name is not null
    union all
    select resident_id, former_name, department, 0 from stage.appearance where former_name is not null
)

select
    s.resident_id,
    s.name,
    substr(s.name, 1, 1) || repeat('*', greatest(length(s.name) - 1, 1)) as name_masked,
    case
        when s.name = min(g.name) then 'golden'
        when max(s.is_present) = 0 then 'former'
        else 'other'
    end as name_kind,
    list_sort(array_agg(distinct s.department)) as departments,
    count(*) as record_count
from spoken as s
inner join stage.golden as g
    on g.resident_id = s.resident_id
group by s.resident_id, s.name
