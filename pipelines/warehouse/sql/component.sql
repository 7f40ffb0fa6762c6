-- One row a component of the city.
-- grain: component_code
-- of conformed.city_management_component: component_code
select
    component_code,
    name,
    owner_unit,
    manager_unit,
    maintainer_unit,
    cell_code,
    grid_code,
    state,
    longitude_deg,
    latitude_deg
from conformed.city_management_component
