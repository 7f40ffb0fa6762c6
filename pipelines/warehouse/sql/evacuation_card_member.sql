-- One row a person on a household's evacuation card.
-- grain: card_no
-- of conformed.emergency_evacuation_card: card_no
select
    e.card_no,
    c.slot,
    c.resident_id,
    e.hazard_site_code,
    e.route,
    e.shelter_name,
    e.updated_at,
    e.monitor_name,
    e.monitor_phone
from conformed.emergency_evacuation_card as e
inner join identity.crosswalk as c
    on c.department = 'emergency'
    and c.feed = 'evacuation_card'
    and c.record_key = e._key
