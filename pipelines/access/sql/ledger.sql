-- Who may log in as what, and the log of who opened whose data: one row an entry, chained by hash.
-- Nothing here is dropped by a publication.
create schema if not exists access;

create table if not exists access.login (
    login text primary key,
    role text not null check (
        role in ('analyst', 'grid_worker', 'community', 'department', 'steward', 'auditor')
    ),
    is_sensitive boolean not null,
    granted_at timestamptz not null default now()
);

create table if not exists access.login_scope (
    login text not null references access.login on delete cascade,
    scope text not null,
    primary key (login, scope)
);

create table if not exists access.log (
    seq bigint primary key,
    happened_at timestamptz not null,
    login text not null,
    role text not null,
    action text not null,
    purpose text not null,
    scope text not null,
    resident_ids text[] not null,
    expires_at timestamptz,
    xid xid8 not null,
    previous bytea not null unique,
    hash bytea not null
);

create index if not exists log_residents on access.log using gin (resident_ids);

-- What the hash covers: the entry before, and every value of this one in one fixed order.
create or replace function access.digest(entry access.log) returns bytea
language sql immutable set search_path = pg_catalog, pg_temp as $digest$
    select sha256(entry.previous || convert_to(jsonb_build_array(
        entry.seq, extract(epoch from entry.happened_at)::text, entry.login, entry.role,
        entry.action, entry.purpose, entry.scope, entry.resident_ids,
        extract(epoch from entry.expires_at)::text, entry.xid::text
    )::text, 'UTF8'))
$digest$;

-- The lock makes entries queue, so that each knows the one before; who waits too long gets nothing.
create or replace function access.append(
    action text, purpose text, scope text, resident_ids text[], expires_at timestamptz
) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $append$
declare
    before access.log;
    entry access.log;
begin
    lock table access.log in share row exclusive mode;
    select l.* into before from access.log as l order by l.seq desc limit 1;
    entry.seq := coalesce(before.seq, 0) + 1;
    entry.happened_at := clock_timestamp();
    entry.login := session_user;
    entry.role := coalesce(
        (select l.role from access.login as l where l.login = session_user), 'owner'
    );
    entry.action := append.action;
    entry.purpose := append.purpose;
    entry.scope := append.scope;
    entry.resident_ids := coalesce(append.resident_ids, '{}');
    entry.expires_at := append.expires_at;
    entry.xid := pg_current_xact_id();
    entry.previous := coalesce(before.hash, sha256('resident-hub audit'));
    entry.hash := access.digest(entry);
    insert into access.log select entry.*;
    return entry.seq;
end $append$;

-- The owner can take this trigger away; it stops slips, the chain shows intent.
create or replace function access.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $refuse$
begin
    raise insufficient_privilege using message = 'the audit log is only ever appended to';
end $refuse$;

create or replace trigger append_only before update or delete or truncate on access.log
    for each statement execute function access.refuse_change();
