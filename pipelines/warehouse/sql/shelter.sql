-- One row a shelter.
select
    shelter_id,
    name,
    address,
    longitude_deg,
    latitude_deg,
    kind,
    capacity,
    occupied,
    manager_name,
    manager_phone,
    state
from conformed.emergency_shelter
