-- One row a change of an id: residents that were merged, split or retired.
select event_id as lineage_id, event, old_resident_id, new_resident_id, recorded_at as happened_at
from identity.lineage
where event <> 'new'
