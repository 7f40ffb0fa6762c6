-- One row an item of `todo`: what its own row says, who says otherwise, and what, if it may be told.
create or replace temp table shown as
with said as (
  select
    todo.item_id, side.department_zh, side.is_shared,
    side.other_title || '：' || coalesce(own_code.title_zh, b.other_value, '（空）') as own_value,
    side.title || '：' || coalesce(code.title_zh, b.value, '（空）') as other_value
  from todo
  join between_finding as b
    on b.feed = todo.feed and b.matter = todo.matter and b.speaking_feed = todo.speaking_feed
    and b.record_key is not distinct from todo.record_key and b.row_hash = todo.row_hash
  left join side
    on side.matter = b.matter and side.feed = b.speaking_feed and side.other_feed = b.feed
  left join code_name as code on code.code_list = side.code_list and code.code = b.value
  left join code_name as own_code
    on own_code.code_list = side.other_code_list and own_code.code = b.other_value
),

said_once as (
  select item_id, any_value(department_zh) as department_zh, bool_and(is_shared) as is_shared,
    any_value(own_value) as own_value, any_value(other_value) as other_value
  from said
  group by item_id
)

select
  todo.item_id,
  coalesce(own.own_value, left(said.own_value, 500), feed_status.message) as own_value,
  said.department_zh as other_department,
  case when said.is_shared then left(said.other_value, 500) end as other_value
from todo
left join own on own.item_id = todo.item_id
left join said_once as said on said.item_id = todo.item_id
left join hub.feed_status as feed_status
  on feed_status.feed = todo.feed and todo.matter like 'feed.%';
