-- Whom a night may concern: unit_read, the booklets and dwellings whose households may be others, and
-- crosswalk_read, whoever must be known to tell. Needs changed_mention (mention_id) and changed_resident.
create or replace temp table struck as
select resident_id from identity.crosswalk semi join changed_mention using (mention_id)
union select resident_id from identity.crosswalk_history semi join changed_mention using (mention_id)
union select resident_id from changed_resident;

create or replace temp table stands as
select m.resident_id, h.kind, h.booklet_no, h.dwelling_id
from identity.household_member m join identity.household h using (household_id);

create or replace temp table entered as
select distinct c.resident_id, m.family_no as booklet_no
from identity.mention m join identity.crosswalk c using (mention_id)
where m.department = 'public_security' and m.feed = 'resident_register' and m.family_no is not null;

-- Where one of a booklet lives says where another of it does: their booklets whole.
create or replace temp table booklet_read as
select booklet_no from stands semi join struck using (resident_id) where kind = 'registered'
union select booklet_no from entered semi join struck using (resident_id);

create or replace temp table mate as
select resident_id from struck
union select resident_id from stands semi join booklet_read using (booklet_no) where kind = 'registered'
union select resident_id from entered semi join booklet_read using (booklet_no);

create or replace temp table dwelling_read as
select dwelling_id from stands semi join mate using (resident_id) where kind = 'living'
union
select m.dwelling_id from identity.mention m
join (select mention_id from identity.crosswalk semi join mate using (resident_id)) using (mention_id)
where m.dwelling_id is not null;

create or replace temp table neighbour as
select resident_id from mate
union select resident_id from stands semi join dwelling_read using (dwelling_id) where kind = 'living';

create or replace temp table resident_read as
select resident_id from neighbour
union
select resident_id from entered semi join (
    select booklet_no from entered semi join neighbour using (resident_id)) using (booklet_no);

create or replace temp table unit_read as
select 'B' || booklet_no as unit from booklet_read where booklet_no is not null
union select 'D' || dwelling_id from dwelling_read;

create or replace temp view crosswalk_read as
from identity.crosswalk semi join resident_read using (resident_id);

create or replace temp table household_before as
select household_id from identity.household
where (kind = 'registered' and booklet_no in (select booklet_no from booklet_read))
    or (kind = 'living' and dwelling_id in (select dwelling_id from dwelling_read));
