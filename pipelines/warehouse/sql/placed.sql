-- One row a person's appearance whose address means a dwelling; what was merged counts as what it was merged into.
select
    c.department,
    c.feed,
    c.record_key,
    c.slot,
    c.resident_id,
    coalesce(d.merged_into_id, m.dwelling_id) as dwelling_id
from identity.address_match as m
inner join identity.crosswalk as c
    on c.record_key = m.record_key
    and c.slot = m.slot
    and c.feed = m.feed
    and c.department = m.department
left join conformed.public_security_standard_address as d
    on d.standard_address_id = m.dwelling_id
    and d.merged_into_id is not null
where m.dwelling_id is not null
