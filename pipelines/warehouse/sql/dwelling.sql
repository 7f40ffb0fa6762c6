-- One row a standard address, down to the room; retired and merged ones too.
-- grain: dwelling_id
-- of conformed.public_security_standard_address: standard_address_id
select
    standard_address_id as dwelling_id,
    town_name,
    community_name,
    substr(grid_code, 1, 12) as community_code,
    grid_code,
    street_name,
    door_no,
    compound_name,
    building,
    unit,
    floor,
    room,
    full_address,
    longitude_deg,
    latitude_deg,
    has_lift,
    building_floors,
    address_status,
    merged_into_id
from conformed.public_security_standard_address
