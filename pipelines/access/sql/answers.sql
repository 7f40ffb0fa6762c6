-- The questions' rows that a grid worker or a community may see: those of own grids or residents.
do $answers$
declare
    one record;
begin
    for one in
        select c.relname as name,
            case when bool_or(a.attname = 'grid_code') then 't.grid_code = any(grids)'
                else 't.resident_id in (select r.resident_id from warehouse.resident as r '
                    || 'where r.grid_code = any(grids))' end as own,
            c.relname not in ({open}) as is_sensitive,
            obj_description(c.oid) as comment
        from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace and n.nspname = 'answers'
        join pg_attribute as a on a.attrelid = c.oid and a.attname in ('grid_code', 'resident_id')
        where c.relkind = 'v'
        group by c.oid, c.relname
    loop
        execute format($define$
            create or replace function access.%1$I() returns setof answers.%2$I
            language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $rows$
            declare
                grids text[] := access.grids();
            begin
                if cardinality(grids) > 0 and (not %4$s or exists (
                    select from access.login as l where l.login = session_user and l.is_sensitive
                )) then
                    return query select t.* from answers.%2$I as t where %3$s;
                end if;
            end $rows$
        $define$, one.name || '_rows', one.name, one.own, one.is_sensitive::text);
        execute format('create or replace view own_v1.%I as select * from access.%I()',
            one.name, one.name || '_rows');
        execute format('comment on view own_v1.%I is %L', one.name, one.comment);
        execute format('revoke all on function access.%I() from public', one.name || '_rows');
        execute format('grant execute on function access.%I() to hub_grid_worker, hub_community',
            one.name || '_rows');
        execute format('grant select on own_v1.%I to hub_grid_worker, hub_community', one.name);
    end loop;
end $answers$;
