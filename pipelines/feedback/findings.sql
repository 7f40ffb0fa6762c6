-- One row an item that is open tonight: a matter in a row of a department, a contradiction, a feed.
-- An item's id is the same as long as the matter is the same; the secret keeps the record's key out.
create or replace temp table between_finding as
select
  'between.' || d.discrepancy_kind as matter,
  d.department,
  d.other_feed as feed,
  d.feed as speaking_feed,
  d.subject,
  array_to_string(d.other_record_keys[1:5], ', ') as record_key,
  d.other_value, d.value,
  -- What may be told is part of it: a permission that is taken back takes the value back.
  md5(concat_ws('|', d.value, d.other_value, array_to_string(d.other_record_keys, ','),
    coalesce(side.is_shared, false))) as row_hash
from warehouse.discrepancy as d
left join side
  on side.matter = 'between.' || d.discrepancy_kind
  and side.feed = d.feed and side.other_feed = d.other_feed;

create or replace temp table finding as
with every as (
  select
    split_part(feed, '.', 1) as department, feed, matter, record_key, row_hash,
    null as speaking_feed, record_key as identity
  from row_finding
  union all
  select
    department, feed, matter, record_key, row_hash, speaking_feed,
    concat_ws('|', subject, speaking_feed) as identity
  from between_finding
  union all
  select
    split_part(feed, '.', 1), feed, 'feed.' || state, null, md5(coalesce(message, '')), null, ''
  from hub.feed_status
  where state in ('failed', 'held')
)
select
  'F' || upper(left(sha256(concat_ws('|',
    getvariable('item_secret'), every.feed, every.matter, every.identity)), 20)) as item_id,
  every.department, every.feed, every.matter,
  coalesce(matter.severity, 'warning') as severity,
  coalesce(matter.priority, 5) as priority,
  every.record_key, every.row_hash, every.speaking_feed
from every
left join matter on matter.matter = every.matter;
