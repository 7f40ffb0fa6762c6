-- What an auditor reads: the log, and whether its chain holds. Nobody's data.
create or replace view access.audit with (security_barrier) as
    select seq, happened_at, login, role, action, purpose, scope, resident_ids,
        encode(hash, 'hex') as hash
    from access.log;

comment on view access.audit is '访问审计: one row an entry: who opened whose data, when and why';

-- Entries that are not what their hash says, do not follow the one before, or are missing.
create or replace function access.verify_audit() returns table (seq bigint, fault text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $verify$
    with chain as (
        select l.seq, l.hash, l.previous, access.digest(l) as told,
            lag(l.hash, 1, sha256('resident-hub audit')) over (order by l.seq) as before,
            row_number() over (order by l.seq) as place
        from access.log as l
    )
    select c.seq, case
        when c.hash <> c.told then 'changed'
        when c.previous <> c.before then 'does not follow the entry before'
        else 'an entry before it is missing'
    end
    from chain as c
    where c.hash <> c.told or c.previous <> c.before or c.seq <> c.place
    order by c.seq
$verify$;
