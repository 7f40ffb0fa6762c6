-- What files show: each item that is open or was closed lately, ranked; and the totals by rule.
create or replace temp table file_item as
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
  item.opened_on = getvariable('as_of') as is_new,
  row_number() over (
    partition by item.department, item.severity, item.closed_on is null
    order by item.priority, item.opened_on, item.feed, item.matter, item.item_id
  ) as rank
from item_now as item
left join feed_name on feed_name.feed = item.feed
left join matter on matter.matter = item.matter
where (item.closed_on is null or item.closed_on > getvariable('as_of') - getvariable('closed_days'))
  and item.department in (select department from change);

create or replace temp table file_summary as
with judged as (
  select feed, rule_id as matter, max(total) as judged from hub.rule_result group by feed, rule_id
)
select
  item.department,
  row_number() over (order by min(item.priority), item.feed, item.matter) as place,
  case any_value(item.severity)
    when 'error' then '必须更正' when 'contradiction' then '部门间矛盾' else '提醒'
  end as severity_zh,
  any_value(item.feed_zh) as feed_zh,
  any_value(item.title_zh) as title_zh,
  item.matter,
  count(*) filter (item.closed_on is null) as open_items,
  count(*) filter (item.closed_on is null and item.is_new) as new_items,
  count(*) filter (item.closed_on is not null) as closed_items,
  any_value(judged.judged) as judged_rows,
  count(*) filter (
    item.closed_on is null and (item.severity = 'error' or item.rank <= getvariable('shown'))
  ) as listed_items
from file_item as item
left join judged on judged.feed = item.feed and judged.matter = item.matter
group by item.department, item.feed, item.matter;
