-- One row a member of a household.
-- grain: household_id
-- of identity.household_member: household_id
select household_id, resident_id, relation, is_head
from identity.household_member
