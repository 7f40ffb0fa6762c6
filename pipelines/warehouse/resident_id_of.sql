-- The id under which the hub knew, on a night, the person whom an id was given to.
-- $1: the id, perhaps of long ago. $2: the night; null is now.
-- An id that was borne that night is its own answer. One that ended is followed by the records that
-- it held last: to whoever held most of those with a number or register id, then most of all. So a
-- part that was merged and has been split off again is found under the id that it has now. An id
-- that no night ended with is in no history; its lineage leads to who took it over.
with recursive held as (
    select h.department, h.feed, h.record_key, h.slot
    from warehouse.crosswalk_history as h
    where h.resident_id = $1
        and h.recorded_to = (
            select max(l.recorded_to) from warehouse.crosswalk_history as l
            where l.resident_id = $1 and l.recorded_to <= coalesce($2, date '9999-12-31')
        )
),
heir as (
    select $1::text as resident_id, 0 as steps
    where not exists (select 1 from warehouse.crosswalk_history as h where h.resident_id = $1)
    union
    select l.new_resident_id, i.steps + 1
    from heir as i
    join warehouse.resident_lineage as l on l.old_resident_id = i.resident_id
    where l.event = 'merge' and i.steps < 100
),
found as (
    select b.resident_id, 0 as turn, 0 as strong, 0 as records
    from ({believed}) as b where b.resident_id = $1
    union all
    select b.resident_id, 1,
        count(case when b.method in ('number', 'person_no') then 1 end), count(*)
    from held as h
    join ({believed}) as b
        on b.department = h.department and b.feed = h.feed
        and b.record_key = h.record_key and b.slot = h.slot
    group by b.resident_id
    union all
    select b.resident_id, 1 + i.steps, 0, 0
    from heir as i join ({believed}) as b on b.resident_id = i.resident_id
)
select resident_id from found
order by turn, strong desc, records desc, resident_id
limit 1
