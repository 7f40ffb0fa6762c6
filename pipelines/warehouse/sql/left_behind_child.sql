-- One row a child whose parents work elsewhere.
-- grain: child_no
-- of conformed.civil_affairs_left_behind_child: child_no
select
    b.child_no,
    child.resident_id,
    guardian.resident_id as guardian_resident_id,
    b.guardian_relation,
    b.is_father_away,
    b.is_mother_away,
    b.school
from conformed.civil_affairs_left_behind_child as b
left join identity.crosswalk as child
    on child.department = 'civil_affairs'
    and child.feed = 'left_behind_child'
    and child.slot = 'self'
    and child.record_key = b._key
left join identity.crosswalk as guardian
    on guardian.department = 'civil_affairs'
    and guardian.feed = 'left_behind_child'
    and guardian.slot = 'guardian'
    and guardian.record_key = b._key
