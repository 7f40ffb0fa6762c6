-- What the login behind this session may see. session_user is the one who logged in: neither SET
-- ROLE nor any setting changes it.
create or replace function access.scopes() returns text[]
language sql stable security definer set search_path = pg_catalog, pg_temp as $scopes$
    select coalesce(array_agg(s.scope), '{}')
    from access.login_scope as s where s.login = session_user
$scopes$;

-- The grids of a grid worker, or of a community's communities.
create or replace function access.grids() returns text[]
language sql stable security definer set search_path = pg_catalog, pg_temp as $grids$
    select coalesce(array_agg(g.grid_code), '{}')
    from access.login as l
    join access.login_scope as s on s.login = l.login
    join warehouse.grid as g
        on (l.role = 'grid_worker' and g.grid_code = s.scope)
        or (l.role = 'community' and g.community_code = s.scope)
    where l.login = session_user
$grids$;
