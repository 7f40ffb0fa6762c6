-- One row an address that a record gives for a person or place, and the dwelling that it means.
-- grain: record_key
-- of identity.address_match: record_key
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
