-- One row a member of a household.
select household_id, resident_id, relation, is_head
from identity.household_member
