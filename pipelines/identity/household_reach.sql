-- Whom a night may concern: unit_read, the booklets and dwellings whose households may be others, and
-- crosswalk_read, whoever must be known to tell. Needs changed_mention (mention_id) and changed_resident.
-- Residents and households go by hashes: two of one hash would be looked at together, no more than that.
create or replace temp table stands as
select mention_id, hash(resident_id) as who from identity.crosswalk;

create or replace temp table member_before as
select hash(household_id) as home, hash(resident_id) as who from identity.household_member;

create or replace temp table home_before as
select hash(household_id) as home, kind = 'living' as is_living, booklet_no, dwelling_id from identity.household;

create or replace temp table entered as
select mention_id, family_no as booklet_no from identity.mention
where department = 'public_security' and feed = 'resident_register' and family_no is not null;

create or replace temp table struck as
select who from stands semi join changed_mention using (mention_id)
union select hash(resident_id) from identity.crosswalk_history semi join changed_mention using (mention_id)
union select hash(resident_id) from changed_resident;

-- Where one of a booklet lives says where another of it does: their booklets whole.
create or replace temp table booklet_read as
select booklet_no from home_before semi join (select home from member_before semi join struck using (who)) using (home)
where not is_living
union
select booklet_no from entered semi join (select mention_id from stands semi join struck using (who)) using (mention_id);

create or replace temp table mate as
select who from struck
union
select who from member_before semi join (
    select home from home_before semi join booklet_read using (booklet_no) where not is_living) using (home)
union
select who from stands semi join (select mention_id from entered semi join booklet_read using (booklet_no))
    using (mention_id);

create or replace temp table dwelling_read as
select dwelling_id from home_before semi join (select home from member_before semi join mate using (who)) using (home)
where is_living
union
select dwelling_id from identity.mention semi join (select mention_id from stands semi join mate using (who))
    using (mention_id)
where dwelling_id is not null;

create or replace temp table neighbour as
select who from mate
union
select who from member_before semi join (
    select home from home_before semi join dwelling_read using (dwelling_id) where is_living) using (home);

create or replace temp table resident_read as
select who from neighbour
union
select who from stands semi join (
    select mention_id from entered semi join (
        select booklet_no from entered semi join (select mention_id from stands semi join neighbour using (who))
            using (mention_id)) using (booklet_no)) using (mention_id);

create or replace temp table unit_read as
select 'B' || booklet_no as unit from booklet_read where booklet_no is not null
union select 'D' || dwelling_id from dwelling_read;

create or replace temp table mention_read as
select mention_id from stands semi join resident_read using (who);

create or replace temp view crosswalk_read as
from identity.crosswalk semi join mention_read using (mention_id);

create or replace temp table household_before as
select household_id from identity.household
where (kind = 'registered' and booklet_no in (select booklet_no from booklet_read))
    or (kind = 'living' and dwelling_id in (select dwelling_id from dwelling_read));
