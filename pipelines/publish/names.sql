-- One row an index whose name does not say what it is on, with the name that does; each is renamed.
-- A table is made anew under another name, and its indexes keep the names that they were made with: a revision would
-- not find them.
do $names$
declare
    one record;
begin
    for one in
        select distinct on (n.fitting) x.relname as named, n.fitting
        from pg_index as i
        join pg_class as c on c.oid = i.indrelid and c.relnamespace = 'warehouse'::regnamespace
        join pg_class as x on x.oid = i.indexrelid
        cross join lateral (
            select c.relname || case when i.indisprimary then '_pkey'
                else '_' || string_agg(a.attname, '_' order by k.place) || '_idx' end as whole
            from unnest(i.indkey) with ordinality as k (number, place)
            join pg_attribute as a on a.attrelid = c.oid and a.attnum = k.number
        ) as w
        cross join lateral (
            select case when octet_length(w.whole) <= 63 then w.whole
                else left(w.whole, 54) || '_' || left(md5(w.whole), 8) end as fitting
        ) as n
        where i.indexprs is null and i.indpred is null and x.relname <> n.fitting
            and to_regclass(format('warehouse.%I', n.fitting)) is null
        order by n.fitting, x.relname
    loop
        execute format('alter index warehouse.%I rename to %I', one.named, one.fitting);
    end loop;
end
$names$
