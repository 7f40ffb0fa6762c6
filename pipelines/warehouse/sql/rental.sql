-- One row a rented dwelling on the register of lettings. Its own standard address goes before the matched text.
-- grain: rental_no
-- of conformed.public_security_rental_housing: rental_no
with matched as (
    select record_key, max(dwelling_id) as dwelling_id
    from identity.address_match
    where department = 'public_security' and feed = 'rental_housing'
    group by record_key
)

select
    r.rental_no,
    coalesce(a.merged_into_id, r.standard_address_id, m.dwelling_id) as dwelling_id,
    c.resident_id as landlord_resident_id,
    r.rent_use,
    r.safety_hazard,
    r.registered_occupants,
    r.let_from,
    r.let_to
from conformed.public_security_rental_housing as r
left join matched as m
    on m.record_key = r._key
left join conformed.public_security_standard_address as a
    on a.standard_address_id = r.standard_address_id
left join identity.crosswalk as c
    on c.department = 'public_security'
    and c.feed = 'rental_housing'
    and c.slot = 'landlord'
    and c.record_key = r._key
