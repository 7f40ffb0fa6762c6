-- One row a shop on a street.
select
    s.shop_id as organisation_id,
    s.uscc,
    s.name,
    s.grid_code,
    substr(s.grid_code, 1, 12) as community_code,
    c.resident_id as operator_resident_id,
    m.dwelling_id,
    s.address,
    s.phone,
    o.organisation_id as entity_id
from conformed.city_management_shop as s
left join identity.crosswalk as c
    on c.department = 'city_management'
    and c.feed = 'shop'
    and c.slot = 'operator'
    and c.record_key = s._key
left join identity.address_match as m
    on m.department = 'city_management'
    and m.feed = 'shop'
    and m.slot = 'operator'
    and m.record_key = s._key
left join identity.organisation_crosswalk as o
    on o.department = 'city_management'
    and o.feed = 'shop'
    and o.slot = 'shop'
    and o.record_key = s._key
