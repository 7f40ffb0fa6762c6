select
    t._key as subject,
    cast(null as varchar) as resident_id,
    f._key as record_key,
    f.registered_on as value,
    t._key as other_record_key,
    t.let_to as other_value
from conformed.public_security_rental_housing as t
inner join conformed.public_security_floating_population as f
    on f.rental_no = t._key
where f.floating_status = '12' and f.registered_on > t.let_to
