-- What a read of the whole source shows and pulls of what is new did not, by key and hash: one row.
-- `asked`: the rows that tonight's increment would have read, for their cursor lies at `reached` or
-- behind it, or for they came in a file that was not yet taken. The others were missed.
--   delivered, latest, fresh, present (pull.sql), at_cursor (_row, at), new_file, variables -> compared
create or replace temp table asked as
select _row
from at_cursor
where case
    when getvariable('by_file') then exists (from new_file where _row between first_row and last_row)
    when getvariable('reached') is null then true
    else coalesce(
      try_cast("at" as decimal(38, 10)) >= try_cast(getvariable('reached') as decimal(38, 10)),
      "at" >= getvariable('reached'),
      false)
  end;

create or replace temp table compared as
with news as (
  select _key, present._key is null as is_missing, _row in (from asked) as is_asked
  from delivered
  semi join fresh using (_row)
  left join present using (_key)
  where _op = 'U'
),
-- A line that tells no key stands under its hash: the source has no row of that name to delete.
unlisted as (
  select count(*) as keys from present anti join latest using (_key) where not starts_with(_key, '#')
)
select
  (select count(*) from latest) as compared,
  count(*) filter (is_asked) as new,
  count(*) filter (not is_asked and is_missing) as missing,
  count(*) filter (not is_asked and not is_missing) as changed,
  any_value(unlisted.keys) filter (getvariable('is_whole')) as deleted,
  any_value(unlisted.keys) filter (not getvariable('is_whole')) as unlisted
from unlisted left join news on true;
