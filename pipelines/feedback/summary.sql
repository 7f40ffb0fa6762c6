-- The totals by rule of the departments that tonight changes, and how many of them the workbooks list.
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
  count(listed.item_id) filter (item.closed_on is null) as listed_items
from file_item as item
left join listed on listed.item_id = item.item_id
left join judged on judged.feed = item.feed and judged.matter = item.matter
where item.department in (select department from change)
group by item.department, item.feed, item.matter;
