-- One row an address of a record. The id that the department gives with the text decides where the text does not
-- contradict it; where both name a dwelling and differ, the text is what the record says, and is doubted.
create or replace temp table address_match_now as
with given as (
    select o.department, o.feed, o.record_key, o.slot, text_number(o.text) as text_id, o.text,
        d.target as given_id, t.compound_id, t.group_id, t.community_code, t.building, t.unit
    from occurrence o
    left join dwelling d on d.dwelling_id = o.given_id
    left join dwelling t on t.dwelling_id = d.target and t.in_force
),
judged as (
    select g.*, m.dwelling_id as text_dwelling, m.level as text_level, m.reason as text_reason,
        m.community, m.compound, m.town, m.doubt, m.is_unit_loose, m.in_force, m.group_id as text_group,
        case
            when g.given_id is null or g.community_code is null then null
            when g.text is null then true
            when m.dwelling_id is not null then m.dwelling_id = g.given_id
            when m.reason in ('room_unknown', 'unit_unknown', 'building_unknown', 'house_unknown') then false
            when m.compound is not null then g.compound_id = m.compound
            when m.community is not null then g.community_code = m.community
            when m.town is not null then left(g.community_code, 9) = m.town
            else true
        end as id_agrees
    from given g left join meant m on m.text_id = g.text_id
),
chosen as (
    select *,
        case when text_dwelling is not null then text_dwelling
            when id_agrees then given_id end as dwelling_id,
        case when text_dwelling is not null or id_agrees then 'room' else text_level end as level,
        case
            when text_dwelling is not null and id_agrees = false then 'id_contradicts_text'
            when text_dwelling is null and id_agrees then 'placed_by_id'
            when text_dwelling is null and id_agrees = false and text_level is not null
                and text_reason not in ('room_unknown', 'unit_unknown', 'building_unknown', 'house_unknown')
                then 'id_contradicts_text'
            else text_reason
        end as reason
    from judged
)
select c.department, c.feed, c.record_key, c.slot, c.dwelling_id, c.level,
    case
        when c.level is null then 0.0
        when c.text_dwelling is not null and c.id_agrees then 1.0
        when c.reason = 'placed_by_id' then 0.95
        when c.reason = 'id_contradicts_text' then 0.6
        else round(0.98 - c.doubt - case when c.is_unit_loose then 0.03 else 0 end
            - case when c.in_force then 0 else 0.2 end, 3)
    end as confidence,
    c.reason,
    coalesce(d.town_name, tn.name) as town_name,
    coalesce(cn.name, d.community_name) as community_name,
    coalesce(d.compound_name, p.compound_name) as compound_name,
    coalesce(d.grid_code, p.grid_code, v.grid_code) as grid_code
from chosen c
left join dwelling d on d.dwelling_id = c.dwelling_id
left join place_name cn on cn.code = coalesce(d.community_code, c.community)
left join place_name tn on tn.code = coalesce(c.town, left(c.community, 9))
left join compound_place p on p.compound_id = c.compound and c.dwelling_id is null
left join group_place v on v.group_id = c.text_group and c.dwelling_id is null and c.compound is null
    and c.level = 'community';
