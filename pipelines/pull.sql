-- What of a pull is new: one row a key, the last of the pull (of a snapshot: of its last file), unless
-- the feed has just that already. `first_row` is where the delivery that counts begins.
create or replace temp table latest as
select _key, max(_row) as _row from delivered where _row >= getvariable('first_row') group by _key;

-- Lines that could not be read and do not tell their key: no row of that key can take their place.
-- The cells that they show, as far as a line can be cut without knowing what broke it.
create or replace temp table lines as
select
  _key, _row, _extra ->> 'unit' as unit,
  list_distinct(regexp_split_to_array(_extra ->> 'line', '\s*[,;|\t"'']+\s*')) as cells
from (
  select _key, _extra, null::bigint as _row
  from quarantine_rows anti join waiting_keys using (_key)
  where _op = 'X' and starts_with(_key, '#')
  union all
  select _key, _extra, null::bigint
  from raw_rows semi join (from waiting_keys where _op = 'X') using (_key)
  where _op = 'X' and starts_with(_key, '#') and _batch > getvariable('conformed_batch')
  union all
  select _key, _extra, _row from delivered where _op = 'X' and starts_with(_key, '#')
);

-- Such a line is mended when its file comes again without it, or when a readable row comes after it
-- whose key stands in it (of a composite key, every part). A short key could stand there by chance.
create or replace temp table mended as
with told as (select *, unnest(cells) as cell from lines),
found as (
  select told._key, told.cells, delivered._key as key
  from delivered
  join told on split_part(delivered._key, '|', 1) = told.cell and delivered._row > coalesce(told._row, -1)
  where delivered._op = 'U' and strlen(delivered._key) >= 6
)
select _key from found where list_has_all(cells, string_split(key, '|'))
union
select _key from lines where _row is null and list_contains(getvariable('files'), unit);

create or replace temp table fresh as
select delivered._row
from delivered
semi join latest using (_key, _row)
anti join present on delivered._key = present._key and delivered._hash = present._hash
where delivered._op <> 'X' or delivered._key not in (
  select _key from mended join lines using (_key) where lines._row is not null);

-- Absence means removal where the delivery is the whole of the feed; and mended lines leave.
create or replace temp table absent as
select _key from present anti join latest using (_key) where getvariable('is_whole')
union
select _key from mended semi join (from lines where _row is null) using (_key) anti join latest using (_key);
