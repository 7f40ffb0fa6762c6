-- What becomes of each key that a raw row waits for: a function of the raw rows since its last
-- removal, in order of batch and row. The last row decides; if it is bad it goes to quarantine, and
-- the last good one stays in conformed, marked stale.
--   candidate, verdict, raw_rows -> judged -> outcome -> action, one row a key
create or replace temp table judged as
select
  waiting._key, waiting._hash, waiting._op, waiting._batch, waiting._row,
  waiting._batch * 4294967296 + waiting._row as place,
  case waiting._op
    when 'U' then coalesce(verdict.errors, [])
    when 'X' then [coalesce(waiting._extra ->> 'rule', 'batch.unreadable_line')]
    else []
  end as errors,
  coalesce(verdict.warnings, []) as warnings
from raw_rows as waiting
left join verdict on waiting._batch = verdict._batch and waiting._row = verdict._row
where waiting._op <> 'C'
  and waiting._batch > getvariable('after_batch') and waiting._batch <= getvariable('last_batch');

create or replace temp table outcome as
select
  _key,
  max(place) as last_place,
  max(place) filter (_op = 'U' and len(errors) = 0) as good_place,
  max(place) filter (_op = 'D') as gone_place
from judged
group by _key;

create or replace temp table decided as
select
  _key,
  case when good_place > coalesce(gone_place, -1) then good_place end as good_place,
  case when last_place > greatest(coalesce(good_place, -1), coalesce(gone_place, -1)) then last_place end as bad_place,
  gone_place is not null as was_gone
from outcome;

create or replace temp table conformed_now as
select _key, _hash, _stale, _warnings, _rules_version from conformed_rows semi join decided using (_key);

create or replace temp table quarantine_now as
select _key, _hash, _rules, _rules_version, _since from quarantine_rows semi join decided using (_key);

-- conformed: added, changed, stale (the row is kept, marked), removed, same. quarantine: put, drop, same.
create or replace temp table action as
select
  decided._key, decided.good_place, decided.bad_place, held._since,
  case
    when decided.good_place is not null and kept._key is null then 'added'
    when decided.good_place is not null and (
      kept._hash is distinct from good._hash
      or kept._stale is distinct from (decided.bad_place is not null)
      or kept._warnings is distinct from good.warnings
      or kept._rules_version is distinct from getvariable('rules_version')) then 'changed'
    when decided.good_place is not null or kept._key is null then 'same'
    when decided.was_gone or getvariable('is_anew') then 'removed'
    when kept._stale then 'same'
    else 'stale'
  end as conformed,
  case
    when decided.bad_place is null and held._key is null then 'same'
    when decided.bad_place is null then 'drop'
    when held._hash is distinct from bad._hash
      or held._rules is distinct from bad.errors
      or held._rules_version is distinct from getvariable('rules_version') then 'put'
    else 'same'
  end as quarantine
from decided
left join judged as good on decided.good_place = good.place
left join judged as bad on decided.bad_place = bad.place
left join conformed_now as kept on decided._key = kept._key
left join quarantine_now as held on decided._key = held._key;
