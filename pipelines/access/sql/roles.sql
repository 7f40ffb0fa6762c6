-- The roles that a login may be given, made where they are missing. None of them can log in.
do $roles$
declare
    wanted text;
begin
    foreach wanted in array array[
        'hub_analyst', 'hub_grid_worker', 'hub_community', 'hub_department', 'hub_steward',
        'hub_auditor'
    ] loop
        if not exists (select from pg_roles where rolname = wanted) then
            begin
                execute format('create role %I nologin', wanted);
            exception when duplicate_object or unique_violation then null;
            end;
        end if;
    end loop;
    -- Analysts and stewards see the whole county masked; the limited roles never do.
    if not pg_has_role('hub_analyst', 'hub_reader', 'member')
        or not pg_has_role('hub_steward', 'hub_reader', 'member') then
        begin
            grant hub_reader to hub_analyst, hub_steward;
        exception when unique_violation then null;
        end;
    end if;
end $roles$;
