-- One row a standard address, its names and numbers folded. Each distinct value is folded once.
create or replace temp table folded_value as
select value, fold_address(value) as folded, fold_door(value) as door, bare_number(fold_part(value)) as part,
    regexp_replace(fold_address(value), '^第|(村民小组|小组|组|队)$', '', 'g') as group_name
from (
    select distinct unnest([street_name, door_no, compound_name, building, unit, room]) as value
    from conformed.public_security_standard_address
)
where value is not null;

-- What an address was merged into in the end.
create or replace temp table merged as
with recursive step as (
    select standard_address_id as dwelling_id, merged_into_id as target, 1 as depth
    from conformed.public_security_standard_address where merged_into_id <> ''
    union all
    select s.dwelling_id, n.merged_into_id, s.depth + 1
    from step s join conformed.public_security_standard_address n on n.standard_address_id = s.target
    where n.merged_into_id <> '' and s.depth < 8
)
select dwelling_id, max_by(target, depth) as target from step group by 1;

-- An address without a grid lies in the community that others of its town and name lie in.
create or replace temp table community_named as
select town_name, community_name, min(left(grid_code, 12)) as code
from conformed.public_security_standard_address where grid_code is not null
group by 1, 2 having count(distinct left(grid_code, 12)) = 1;

-- Buildings that belong to no compound are known by their street and door.
create or replace temp table dwelling as
with one as (
    select a.standard_address_id as dwelling_id, coalesce(m.target, a.standard_address_id) as target,
        coalesce(a.address_status, '1') = '1' as in_force, a.town_name, a.community_name, a.grid_code,
        coalesce(left(a.grid_code, 12), n.code) as community_code, s.folded as street, d.door, s.group_name,
        coalesce(c.folded, case when b.part is not null or r.part is not null then s.folded || d.door || '号' end)
            as compound,
        a.compound_name, coalesce(b.part, '') as building, u.part as unit, r.part as room, a.full_address
    from conformed.public_security_standard_address a
    left join community_named n on n.town_name = a.town_name and n.community_name = a.community_name
    left join merged m on m.dwelling_id = a.standard_address_id
    left join folded_value s on s.value = a.street_name
    left join folded_value d on d.value = a.door_no
    left join folded_value c on c.value = a.compound_name
    left join folded_value b on b.value = a.building
    left join folded_value u on u.value = a.unit
    left join folded_value r on r.value = a.room
)
select * exclude (group_name),
    case when compound is not null then place_id('compound', community_code, compound) end as compound_id,
    case when compound is null then place_id('group', community_code, coalesce(group_name, '')) end as group_id
from one;
