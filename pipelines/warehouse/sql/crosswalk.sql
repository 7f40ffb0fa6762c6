-- One row an appearance of a person in a record, and the resident that it is.
-- grain: record_key
-- of identity.crosswalk: record_key
select department, feed, record_key, slot, resident_id, method, weight
from identity.crosswalk
