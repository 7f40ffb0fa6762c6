-- Unmasked data: open_access fixes and logs whose, read_access shows them once that is committed.

-- The residents that a scope names and this login may see: resident:ID[,ID], dwelling:ID,
-- household:ID or grid:CODE.
create or replace function access.residents_of(scope text) returns text[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $residents$
declare
    kind text := split_part(scope, ':', 1);
    named text := substr(scope, length(split_part(scope, ':', 1)) + 2);
    me access.login;
    mine text[] := access.scopes();
    grids text[] := access.grids();
    wanted text[];
begin
    select l.* into me from access.login as l where l.login = session_user;
    wanted := case kind
        when 'resident' then string_to_array(named, ',')
        when 'household' then array(
            select m.resident_id from warehouse.household_member as m where m.household_id = named)
        when 'dwelling' then array(
            select r.resident_id from warehouse.resident as r where r.living_dwelling_id = named
            union
            select y.resident_id from warehouse.residency as y where y.dwelling_id = named)
        when 'grid' then array(
            select r.resident_id from warehouse.resident as r where r.grid_code = named)
    end;
    return array(
        select r.resident_id from warehouse.resident as r
        where r.resident_id = any(wanted) and case me.role
            when 'steward' then true
            when 'department' then r.departments && mine
            when 'grid_worker' then r.grid_code = any(grids)
            when 'community' then r.grid_code = any(grids)
            else false
        end
        order by r.resident_id
    );
end $residents$;

-- Returns a ticket. An attempt that reaches nobody is logged like any other. The purpose and the
-- scope are kept for good, so neither may hold a person's number.
create or replace function access.open_access(purpose text, scope text) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $open$
declare
    found_ids text[];
begin
    if not exists (
        select from access.login as l where l.login = session_user
        and l.role in ('grid_worker', 'community', 'department', 'steward')
    ) then
        raise insufficient_privilege using message = 'this login may not open personal data';
    end if;
    if coalesce(length(btrim(purpose)), 0) not between 4 and 200 or purpose ~ '[0-9]{7}' then
        raise invalid_parameter_value using
            message = 'say the purpose in 4 to 200 characters, without numbers of people';
    end if;
    if coalesce(scope, '') !~ '^(resident|household|dwelling|grid):[A-Za-z0-9_,|-]+$'
        or length(scope) > 4000 or scope ~ '^resident:(.*,)?[0-9]{7}' then
        raise invalid_parameter_value using
            message = 'the scope is resident:ID, household:ID, dwelling:ID or grid:CODE';
    end if;
    found_ids := access.residents_of(scope);
    if cardinality(found_ids) > 5000 then
        raise program_limit_exceeded using message = 'a ticket opens 5000 residents at the most';
    end if;
    return access.append('open', btrim(purpose), scope, found_ids, now() + interval '8 hours');
end $open$;

-- A commit that was told not to wait for the disk could be lost after its data was read: wait for
-- it here. An insert position just behind a page's header is the end of the page before.
create or replace function access.wait_for_disk() returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $wait$
declare
    written numeric := pg_current_wal_insert_lsn() - '0/0'::pg_lsn;
begin
    if written % 8192 in (24, 40) then
        written := written - written % 8192;
    end if;
    for attempt in 1..100 loop
        if pg_current_wal_flush_lsn() - '0/0'::pg_lsn >= written then
            return true;
        end if;
        perform pg_sleep(0.02);
    end loop;
    return false;
end $wait$;

create or replace function access.read_access(ticket bigint) returns table (
    resident_id text, name text, sex text, birth_date date, id_no text, phone text, address text
)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $read$
declare
    me access.login;
    entry access.log;
begin
    select l.* into me from access.login as l where l.login = session_user
        and l.role in ('grid_worker', 'community', 'department', 'steward');
    select l.* into entry from access.log as l
        where l.seq = ticket and l.login = me.login and l.role = me.role and l.action = 'open';
    if entry.seq is null or entry.expires_at < clock_timestamp() then
        raise insufficient_privilege using message = 'there is no such open ticket of this login';
    end if;
    if pg_xact_status(entry.xid) is distinct from 'committed' then
        raise insufficient_privilege using
            message = 'the ticket is not on record yet: commit open_access, then read';
    end if;
    if not access.wait_for_disk() then
        raise insufficient_privilege using
            message = 'the ticket is not on disk yet: try again in a moment';
    end if;
    -- Whom the login may no longer see is no longer shown, and a grid worker needs no id number.
    return query
    select r.resident_id, r.name, r.sex::text, r.birth_date,
        case when me.role <> 'grid_worker' then r.id_no end, r.phone, d.full_address
    from warehouse.resident as r
    left join warehouse.dwelling as d on d.dwelling_id = r.living_dwelling_id
    where r.resident_id = any(entry.resident_ids)
        and r.resident_id = any(
            access.residents_of('resident:' || array_to_string(entry.resident_ids, ',')))
    order by r.resident_id;
end $read$;
