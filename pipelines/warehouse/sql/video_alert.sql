-- One row an alert that a camera's algorithm raised.
-- grain: alert_id
-- of conformed.city_management_video_alert: alert_id
select
    alert_id,
    camera_id,
    algorithm,
    confidence,
    occurred_at,
    grid_code,
    substr(grid_code, 1, 12) as community_code,
    address,
    longitude_deg,
    latitude_deg,
    alert_status
from conformed.city_management_video_alert
