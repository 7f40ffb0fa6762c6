-- One row a worker, scope and role.
select
    w.worker_no,
    w.scope_code,
    w.worker_role,
    w.name,
    w.phone,
    substr(w.scope_code, 1, 12) as community_code,
    c.resident_id,
    w.valid_from,
    w.valid_to
from conformed.community_grid_worker as w
left join identity.crosswalk as c
    on c.department = 'community'
    and c.feed = 'grid_worker'
    and c.slot = 'worker'
    and c.record_key = w._key
