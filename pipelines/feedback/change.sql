-- The rows of hub.feedback_item that tonight changes, and all of it as it will be.
--   todo + shown, leaving + present -> change -> item_now
create or replace temp table closed as
select
  leaving.* replace (
    getvariable('as_of') as closed_on,
    case
      when matter.matter is null then 'rule_changed'
      when leaving.matter like 'feed.%' then 'corrected'
      when leaving.matter like 'between.%' then 'settled'
      when present.record_key is null then 'removed'
      -- The row reads as it did: not the department mended it, the hub judges otherwise.
      when present.row_hash = leaving.row_hash then 'rule_changed'
      else 'corrected'
    end as closed_how)
from leaving
left join matter on matter.matter = leaving.matter
left join present on present.feed = leaving.feed and present.record_key = leaving.record_key;

create or replace temp table change as
select
  todo.item_id, todo.opened_on, todo.department, todo.feed, todo.matter, todo.severity,
  todo.priority, todo.record_key, todo.row_hash, shown.own_value, shown.other_department,
  shown.other_value, null::date as closed_on, null::text as closed_how
from todo
join shown on shown.item_id = todo.item_id
union all by name
from closed;

create or replace temp table item_now as
select * from hub.feedback_item anti join change using (item_id, opened_on)
union all by name
from change;
