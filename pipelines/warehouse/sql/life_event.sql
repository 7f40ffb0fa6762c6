-- One row an event of a person's life, as one record reports it.
-- grain: record_key
-- of conformed.public_security_resident_register: _key
-- of conformed.civil_affairs_cremation: _key
-- of conformed.civil_affairs_marriage_registration: _key
select
    'public_security' as department,
    'resident_register' as feed,
    r._key as record_key,
    'death' as event_kind,
    c.resident_id,
    cast(null as varchar) as other_resident_id,
    r.death_date as occurred_on
from conformed.public_security_resident_register as r
inner join identity.crosswalk as c
    on c.department = 'public_security'
    and c.feed = 'resident_register'
    and c.slot = 'self'
    and c.record_key = r._key
where r.is_current and not r.is_reversed and r.person_status = '1'

union all

select
    'civil_affairs', 'cremation', r._key, kind.event_kind, c.resident_id, null,
    case when kind.event_kind = 'death' then r.death_date else r.cremated_on end
from conformed.civil_affairs_cremation as r
inner join identity.crosswalk as c
    on c.department = 'civil_affairs'
    and c.feed = 'cremation'
    and c.slot = 'self'
    and c.record_key = r._key
cross join (select 'death' as event_kind union all select 'cremation') as kind

union all

select
    'civil_affairs', 'marriage_registration', r._key, r.marriage_act,
    husband.resident_id, wife.resident_id, r.registered_on
from conformed.civil_affairs_marriage_registration as r
left join identity.crosswalk as husband
    on husband.department = 'civil_affairs'
    and husband.feed = 'marriage_registration'
    and husband.slot = 'male'
    and husband.record_key = r._key
left join identity.crosswalk as wife
    on wife.department = 'civil_affairs'
    and wife.feed = 'marriage_registration'
    and wife.slot = 'female'
    and wife.record_key = r._key
where r.marriage_act is not null
