-- One row a death and an appearance of the dead in a record of any feed.
select
    d.resident_id,
    d.feed,
    d.record_key,
    d.death_date as value,
    d.dead_by,
    c.department || '.' || c.feed as other_feed,
    c.record_key as other_record_key,
    c.slot
from stage.death as d
inner join identity.crosswalk as c
    on c.resident_id = d.resident_id
