-- Functions are everybody's unless taken away.
revoke all on schema access, own_v1 from public;
revoke all on all tables in schema access from public;
revoke all on all functions in schema access from public;
grant usage on schema access to
    hub_grid_worker, hub_community, hub_department, hub_steward, hub_auditor;
grant usage on schema own_v1 to hub_grid_worker, hub_community, hub_department;
grant execute on function access.open_access(text, text), access.read_access(bigint)
    to hub_grid_worker, hub_community, hub_department, hub_steward;
grant select on access.audit to hub_auditor;
grant execute on function access.verify_audit() to hub_auditor;
