-- One row a base table: its columns with their types, and its key and indexes, each as one text in a fixed order.
select
    c.relname,
    coalesce((
        select string_agg(
            a.attname || ' ' || replace(format_type(a.atttypid, null), 'timestamp with time zone', 'timestamptz')
            || case when a.attnotnull then ' not null' else '' end,
            ', ' order by a.attname collate "C")
        from pg_attribute as a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    ), '') as columns,
    coalesce((
        select string_agg(one, '; ' order by one collate "C")
        from pg_index as i
        cross join lateral (
            select case when i.indisprimary then 'key ' else 'index ' end
                || string_agg(a.attname, ', ' order by k.place) as one
            from unnest(i.indkey) with ordinality as k (number, place)
            join pg_attribute as a on a.attrelid = c.oid and a.attnum = k.number
        ) as o
        where i.indrelid = c.oid
    ), '') as indexes
from pg_class as c
where c.relnamespace = 'warehouse'::regnamespace and c.relkind = 'r'
