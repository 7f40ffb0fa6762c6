-- One row a distinct text: its parts, as far as they mean something. Needs address_text (the numbers of a text) and
-- place_value (the meaning of its names).
create or replace temp table said as
select t.text_id, t.folded, p.* exclude (place),
    bare_number(t.part.building) as building,
    bare_number(coalesce(nullif(t.part.unit, ''), t.part.unit2)) as unit,
    bare_number(t.part.room) as room,
    -- The number of a village house: 8号, 8-1号, or a landmark where there is no number.
    nullif(case
        when p.door is not null then p.door
        when t.part.room = '' and t.part.building = '' then p.rest
        when p.rest <> '' or t.part.word not in ('号', '') or contains(t.folded, '栋') then ''
        else concat_ws('-', nullif(t.part.building, ''), nullif(t.part.unit, ''), nullif(t.part.room, ''))
    end, '') as house,
    case
        when p.street is not null then place_id('group', p.community, p.street)
        else place_id('group', p.community, coalesce(p.group_name, ''))
    end as group_id
from address_text t join place_value p on p.place = t.part.place;
