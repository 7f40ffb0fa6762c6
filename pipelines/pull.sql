-- What of a pull is new: one row a key, the last of the pull (of a snapshot: of its last file), unless
-- the feed has just that already. `first_row` is where the delivery that counts begins.
create or replace temp table latest as
select _key, max(_row) as _row from delivered where _row >= getvariable('first_row') group by _key;

create or replace temp table fresh as
select delivered._row
from delivered
semi join latest using (_key, _row)
anti join present on delivered._key = present._key and delivered._hash = present._hash;

-- Absence means removal where the delivery is the whole of the feed.
create or replace temp table absent as
select _key from present anti join latest using (_key) where getvariable('is_whole');
