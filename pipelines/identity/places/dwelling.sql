-- One row a standard address, its names and numbers folded. Each distinct value is folded once.
create or replace temp table folded_value as
select value, fold_address(value) as folded, fold_door(value) as door, bare_number(fold_part(value)) as part,
    regexp_replace(fold_address(value), '^第|(村民小组|小组|组|队)$', '', 'g') as group_name
from (
    select distinct unnest([street_name, door_no, compound_name, building, unit, room]) as value
    from conformed.public_security_standard_address
)
where value is not null;

create or replace temp table dwelling as
select a.standard_address_id as dwelling_id,
    coalesce(nullif(a.merged_into_id, ''), a.standard_address_id) as target,
    coalesce(a.address_status, '1') = '1' as in_force, a.town_name, a.community_name, a.grid_code,
    left(a.grid_code, 12) as community_code, s.folded as street, d.door, c.folded as compound, a.compound_name,
    b.part as building, u.part as unit, r.part as room, a.full_address,
    case when c.folded is not null then hash('compound', left(a.grid_code, 12), c.folded) end as compound_id,
    case when c.folded is null then hash('group', left(a.grid_code, 12), coalesce(s.group_name, '')) end as group_id
from conformed.public_security_standard_address a
left join folded_value s on s.value = a.street_name
left join folded_value d on d.value = a.door_no
left join folded_value c on c.value = a.compound_name
left join folded_value b on b.value = a.building
left join folded_value u on u.value = a.unit
left join folded_value r on r.value = a.room;
