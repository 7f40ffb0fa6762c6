-- One row an appearance of a person in a record, and the resident that it is.
select department, feed, record_key, slot, resident_id, method, weight
from identity.crosswalk
