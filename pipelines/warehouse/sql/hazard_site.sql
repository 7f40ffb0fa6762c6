-- One row a site that threatens people. Coordinates come as decimals or as degrees, minutes and seconds.
with parsed as (
    select
        *,
        regexp_extract(longitude_text, '^\s*([0-9.]+)', 1) as lon_deg,
        regexp_extract(longitude_text, '[°度]\s*([0-9.]+)', 1) as lon_min,
        regexp_extract(longitude_text, '[′''分]\s*([0-9.]+)', 1) as lon_sec,
        regexp_extract(latitude_text, '^\s*([0-9.]+)', 1) as lat_deg,
        regexp_extract(latitude_text, '[°度]\s*([0-9.]+)', 1) as lat_min,
        regexp_extract(latitude_text, '[′''分]\s*([0-9.]+)', 1) as lat_sec
    from conformed.emergency_hazard_site
)

select
    p.hazard_site_code,
    p.name,
    p.hazard_kind,
    p.town_name,
    p.village_name,
    p.location,
    try_cast(p.lon_deg as double)
        + coalesce(try_cast(p.lon_min as double), 0) / 60
        + coalesce(try_cast(p.lon_sec as double), 0) / 3600 as longitude_deg,
    try_cast(p.lat_deg as double)
        + coalesce(try_cast(p.lat_min as double), 0) / 60
        + coalesce(try_cast(p.lat_sec as double), 0) / 3600 as latitude_deg,
    p.radius_m,
    p.threatened_people,
    p.threatened_assets,
    p.hazard_level,
    p.hazard_state,
    p.watcher_name,
    p.watcher_phone,
    c.resident_id as watcher_resident_id
from parsed as p
left join identity.crosswalk as c
    on c.department = 'emergency'
    and c.feed = 'hazard_site'
    and c.slot = 'watcher'
    and c.record_key = p._key
