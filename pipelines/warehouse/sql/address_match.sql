-- One row an address that a record gives for a person or place, and the dwelling that it means.
select
    department,
    feed,
    record_key,
    slot,
    dwelling_id,
    level as match_level,
    confidence,
    reason,
    grid_code
from identity.address_match
