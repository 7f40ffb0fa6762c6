-- One row a division, from the county down to the building.
select
    division_code,
    parent_code,
    division_kind,
    name,
    alias,
    case when length(division_code) >= 9 then substr(division_code, 1, 9) end as town_code,
    case when length(division_code) >= 12 then substr(division_code, 1, 12) end as community_code,
    unit_in_charge,
    valid_from,
    valid_to,
    polygon_wkt
from conformed.community_division
