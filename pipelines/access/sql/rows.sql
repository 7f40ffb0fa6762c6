-- The rows of one table that the login may see, masked. A function, not a view over the table:
-- nothing of the reader's runs before the rows are chosen, and EXPLAIN counts only what is shown.
create or replace function access.{function}() returns setof api_v1.{table}
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $rows$
declare
    me access.login;
    mine text[] := access.scopes();
    grids text[];
begin
    select l.* into me from access.login as l where l.login = session_user;
    if me.is_sensitive or not {restricted} then
        if me.role in ('grid_worker', 'community') then
            grids := access.grids();
            return query select {columns} from warehouse.{table} as t where {by_grid};
        elsif me.role = 'department' then
            return query select {columns} from warehouse.{table} as t where {by_department};
        end if;
    end if;
end $rows$;

create or replace view own_v1.{table} as select * from access.{function}();

comment on view own_v1.{table} is {comment};

revoke all on function access.{function}() from public;
grant execute on function access.{function}() to hub_grid_worker, hub_community, hub_department;
grant select on own_v1.{table} to hub_grid_worker, hub_community, hub_department;
