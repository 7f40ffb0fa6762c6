-- One row a distinct text: how deep it was settled, and why no deeper. Needs parsed (as said in parse.sql) and
-- dwelling.

-- Compounds with one building are often written without it, buildings with one entrance without that.
create or replace temp table building as
select compound_id, building, count(distinct coalesce(unit, '')) as units, bool_or(unit is null) as has_bare
from dwelling where compound_id is not null group by 1, 2;

create or replace temp table only_building as
select compound_id, any_value(building) as building from building group by 1 having count(*) = 1;

create or replace temp table in_compound as
select s.* exclude (building), coalesce(s.building, case when s.room is not null then o.building end) as building
from parsed s left join only_building o on o.compound_id = s.compound and s.building is null
where s.compound is not null;

create or replace temp table found as
with room as (
    select s.text_id, d.target, d.in_force,
        s.unit is not null and d.unit is null as is_unit_loose
    from in_compound s
    join dwelling d on d.compound_id = s.compound and d.building = s.building and d.room = s.room
        and (s.unit is null or d.unit = s.unit or (d.unit is null and s.unit = '1'))
    where s.room is not null
    union all
    select s.text_id, d.target, d.in_force, false
    from parsed s join dwelling d on d.group_id = s.group_id and d.door = s.house
    where s.compound is null and s.community is not null and s.house is not null
)
select text_id,
    coalesce(any_value(target) filter (in_force), any_value(target)) as dwelling_id,
    case when bool_or(in_force) then count(distinct target) filter (in_force)
        else count(distinct target) end as fits,
    bool_or(in_force) as in_force, bool_or(is_unit_loose) as is_unit_loose
from room group by text_id;

create or replace temp table unit_known as
select distinct compound_id, building, unit from dwelling where compound_id is not null and unit is not null;

create or replace temp table meant as
select s.text_id, s.town, s.community, s.compound, s.group_id, s.doubt,
    case when f.fits = 1 then f.dwelling_id end as dwelling_id,
    case
        when f.fits = 1 then 'room'
        when s.compound is null and s.community is not null then 'community'
        when s.compound is null then null
        when u.unit is not null then 'unit'
        when b.building <> '' then 'building'
        else 'compound'
    end as level,
    case
        when f.fits = 1 and not f.in_force then 'address_retired'
        when f.fits = 1 then s.reason
        when f.fits > 1 then 'room_ambiguous'
        when s.reason is not null then s.reason
        when s.compound is null and s.house is not null then 'house_unknown'
        when s.compound is null then 'no_house'
        when b.building is null and s.building is not null then 'building_unknown'
        when b.building is null then 'no_building'
        when s.unit is not null and u.unit is null and not b.has_bare then 'unit_unknown'
        when s.room is null then 'no_room'
        else 'room_unknown'
    end as reason,
    coalesce(f.is_unit_loose, false) as is_unit_loose, coalesce(f.in_force, true) as in_force
from parsed s
left join in_compound c on c.text_id = s.text_id
left join found f on f.text_id = s.text_id
left join building b on b.compound_id = s.compound and b.building = c.building
left join unit_known u on u.compound_id = s.compound and u.building = c.building and u.unit = s.unit;
