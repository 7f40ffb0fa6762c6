-- One row a subject and a matter on which one feed contradicts another: the rules of expectations/between.
select
    discrepancy_kind,
    subject,
    resident_id,
    feed,
    other_feed,
    department,
    value,
    other_value,
    record_key,
    other_record_keys
from stage.contradiction
