-- One row a household: registered (a booklet) or living (who lives in a dwelling).
-- grain: household_id
-- of identity.household: household_id
select
    household_id,
    kind as household_kind,
    dwelling_id,
    head_resident_id,
    booklet_no,
    members as member_count
from identity.household
