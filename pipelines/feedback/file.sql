-- What files show: each item that is open or was closed lately. A view, so that only what one file
-- needs is put together.
create or replace temp view file_item as
select
  item.*,
  coalesce(feed_name.feed_zh, item.feed) as feed_zh,
  coalesce(matter.title_zh, item.matter) as title_zh,
  case item.closed_how
    when 'corrected' then '已更正'
    when 'removed' then '记录已删除'
    when 'settled' then '矛盾已消除'
    when 'rule_changed' then '规则调整，无需更正'
  end as closed_how_zh,
  coalesce(item.closed_on, getvariable('as_of')) - item.opened_on as days,
  item.opened_on = getvariable('as_of') as is_new
from item_now as item
left join feed_name on feed_name.feed = item.feed
left join matter on matter.matter = item.matter
where item.closed_on is null or item.closed_on > getvariable('as_of') - getvariable('closed_days');

-- The open items that the workbooks list.
create or replace temp table listed (item_id text);
