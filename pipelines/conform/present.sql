-- One row a key that a feed has now: the hash of its current raw row. What waits in raw outranks
-- quarantine, which outranks conformed (there the last good row may be an older one). What waits is
-- little, and is asked for eight times: each time it would be planned and read anew.
create or replace temp table waiting_keys as
select _key, arg_max(_hash, (_batch, _row)) as _hash, arg_max(_op, (_batch, _row)) as _op
from raw_rows
where _batch > getvariable('conformed_batch') and _op <> 'C'
group by _key;

create or replace temp view present as
select _key, _hash from waiting_keys where _op <> 'D'
union all
select _key, _hash from quarantine_rows anti join waiting_keys using (_key)
union all
select _key, _hash
from conformed_rows
anti join waiting_keys using (_key)
anti join quarantine_rows using (_key);
