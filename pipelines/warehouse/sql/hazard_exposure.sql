-- One row a site and a resident who lives within its radius or is named on its cards. Distances are of the plane:
-- at these radii the earth's curve is below a metre.
with site as (
    select
        hazard_site_code,
        longitude_deg,
        latitude_deg,
        radius_m,
        radius_m / 111320.0 as high_deg,
        radius_m / (111320.0 * cos(radians(latitude_deg))) as wide_deg
    from warehouse.hazard_site
    where hazard_state = 'active' and radius_m > 0 and latitude_deg between -80 and 80
),

-- The cells of a hundredth of a degree that a site reaches, so that a dwelling meets only those sites.
reached as (
    select s.*, y.cell as y_cell, x.cell as x_cell
    from site as s
    cross join unnest(generate_series(
        cast(floor((s.latitude_deg - s.high_deg) * 100) as bigint),
        cast(floor((s.latitude_deg + s.high_deg) * 100) as bigint)
    )) as y (cell)
    cross join unnest(generate_series(
        cast(floor((s.longitude_deg - s.wide_deg) * 100) as bigint),
        cast(floor((s.longitude_deg + s.wide_deg) * 100) as bigint)
    )) as x (cell)
),

near as (
    select
        s.hazard_site_code,
        s.radius_m,
        d.dwelling_id,
        sqrt(
            power((d.latitude_deg - s.latitude_deg) * 111320.0, 2)
            + power((d.longitude_deg - s.longitude_deg) * 111320.0 * cos(radians(s.latitude_deg)), 2)
        ) as distance_m
    from warehouse.dwelling as d
    inner join reached as s
        on cast(floor(d.latitude_deg * 100) as bigint) = s.y_cell
        and cast(floor(d.longitude_deg * 100) as bigint) = s.x_cell
        and d.latitude_deg >= s.latitude_deg - s.high_deg
        and d.latitude_deg <= s.latitude_deg + s.high_deg
        and d.longitude_deg >= s.longitude_deg - s.wide_deg
        and d.longitude_deg <= s.longitude_deg + s.wide_deg
),

inside as (
    select * from near where distance_m <= radius_m
)

select
    i.hazard_site_code,
    r.resident_id,
    'radius' as basis,
    i.dwelling_id,
    cast(round(i.distance_m) as bigint) as distance_m
from inside as i
inner join warehouse.resident as r
    on r.living_dwelling_id = i.dwelling_id
where not r.is_dead

union all

select distinct m.hazard_site_code, m.resident_id, 'card', r.living_dwelling_id, cast(null as bigint)
from warehouse.evacuation_card_member as m
inner join warehouse.resident as r
    on r.resident_id = m.resident_id
where m.slot <> 'monitor' and m.hazard_site_code is not null and not r.is_dead
