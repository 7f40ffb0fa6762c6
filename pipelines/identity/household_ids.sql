-- A booklet's dwelling is where most of its people are registered.
create or replace temp table unit_now as
with home as (
    select booklet_no, dwelling_id from in_booklet where dwelling_id is not null group by 1, 2
    qualify row_number() over (partition by booklet_no order by count(*) desc, dwelling_id) = 1
)
select m.unit, m.kind, any_value(m.booklet_no) as booklet_no,
    any_value(coalesce(m.dwelling_id, h.dwelling_id)) as dwelling_id,
    any_value(m.head_id) as head_resident_id, count(*) as members
from member_now m left join home h on h.booklet_no = m.booklet_no
group by m.unit, m.kind;

-- Which household of last night each of tonight's is: id_now (unit, household_id). A booklet keeps its id; a dwelling
-- keeps it while one of its people stays; a family that moved together takes it along.
create or replace temp table overlap as
select n.unit, o.household_id, count(*) as shared, n.unit = 'D' || any_value(h.dwelling_id) as is_same_place,
    any_value(h.members) as old_members
from member_now n
join identity.household_member o on o.resident_id = n.resident_id
join identity.household h on h.household_id = o.household_id and h.kind = n.kind
where n.kind = 'living'
group by n.unit, o.household_id;

create or replace temp table stayed as
select unit, household_id from overlap where is_same_place
union all
select n.unit, h.household_id
from unit_now n join identity.household h on h.kind = 'registered' and n.kind = 'registered'
    and h.booklet_no = n.booklet_no;

create or replace temp table moved as
select v.unit, v.household_id
from overlap v join unit_now n using (unit)
where v.unit not in (select unit from stayed) and v.household_id not in (select household_id from stayed)
    and v.shared * 2 > greatest(v.old_members, n.members)
qualify row_number() over (partition by v.unit order by v.shared desc, v.household_id) = 1
    and row_number() over (partition by v.household_id order by v.shared desc, v.unit) = 1;

create or replace temp table id_now as
select n.unit, coalesce(s.household_id, m.household_id, 'H' || upper(left(replace(uuid()::varchar, '-', ''), 20)))
    as household_id,
    s.household_id is null and m.household_id is null as is_new
from unit_now n left join stayed s using (unit) left join moved m using (unit);

create or replace temp table household_now as
select i.household_id, n.kind, n.booklet_no, n.dwelling_id, n.head_resident_id, n.members
from unit_now n join id_now i using (unit);

create or replace temp table household_member_now as
select i.household_id, m.resident_id, m.relation, m.is_head, m.source, m.doubt
from member_now m join id_now i using (unit);
