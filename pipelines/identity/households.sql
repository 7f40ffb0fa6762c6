-- Where each person lives (lives_all), and two kinds of household: who stands in one booklet, and who lives in one
-- dwelling. One row a person and household in member_now. Needs crosswalk_read (the crosswalk, or that of the
-- residents whom a night may concern), collective and the views of identity.address_match, mention and of the
-- conformed feeds.
create or replace temp table who as
select mention_id, department, feed, record_key, slot, resident_id from crosswalk_read;

create or replace temp table placed as
select w.* exclude (mention_id), m.dwelling_id
from who w left join identity.address_match m using (department, feed, record_key, slot);

-- What a person is: for heads, and to judge relations.
create or replace temp table person as
with said as (
    select w.resident_id, m.sex, case when m.birth_precision = 'day' then m.birth_date end as birth_date
    from who w join identity.mention m using (mention_id)
    where w.slot not in ('landlord', 'monitor', 'manager', 'watcher', 'worker')
),
sexes as (
    select resident_id, sex from said where sex in ('1', '2') group by 1, 2
    qualify row_number() over (partition by resident_id order by count(*) desc, sex) = 1
),
births as (
    select resident_id, birth_date from said where birth_date is not null group by 1, 2
    qualify row_number() over (partition by resident_id order by count(*) desc, birth_date) = 1
)
select resident_id, sex, birth_date from sexes full join births using (resident_id);

create or replace temp table registered as
select p.resident_id, p.dwelling_id, r.booklet_no, r.household_kind, r.relation, r.register_match,
    coalesce(r.person_status, '0') as status, r.valid_from_at::date as valid_from, r._key
from conformed.public_security_resident_register r
join placed p on p.department = 'public_security' and p.feed = 'resident_register' and p.slot = 'self'
    and p.record_key = r._key
where r.is_current and not coalesce(r.is_reversed, false)
-- A person who stands in two booklets counts where he was entered last, and where he is not struck off.
qualify row_number() over (partition by p.resident_id
    order by coalesce(r.person_status, '0') in ('0', '6', '9') desc, r.valid_from_at desc, r._key) = 1;

create or replace temp table dead as
select resident_id from registered where status = '1'
union
select w.resident_id from who w where w.feed = 'cremation' and w.slot = 'self';

create or replace temp table in_booklet as
select 'registered' as kind, booklet_no, resident_id, relation, dwelling_id
from registered
where booklet_no is not null and status in ('0', '6', '9') and household_kind is distinct from '2'
    and resident_id not in (select resident_id from dead);

-- The date of a visit is the newest word; a register entry counts like a visit two years before it.
create or replace temp table visit as
select p.resident_id, p.dwelling_id, v.residence_kind, v.visited_at::date as seen_on, v.relation_text
from conformed.community_resident_visit v
join placed p on p.department = 'community' and p.feed = 'resident_visit' and p.slot = 'self'
    and p.record_key = v._key
where not coalesce(v.is_deleted, false);

create or replace temp table absent as
select resident_id, dwelling_id, max(seen_on) as seen_on from visit where residence_kind = 'empty' group by 1, 2;

create or replace temp table lives as
with said as (
    select resident_id, dwelling_id, seen_on, 3 as trust, 'resident_visit' as source
    from visit where residence_kind is distinct from 'empty'
    union all
    select p.resident_id, p.dwelling_id, coalesce(r.registered_on, r.updated_at::date), 3, p.feed
    from conformed.public_security_floating_population r
    join placed p on p.feed = 'floating_population' and p.slot = 'self' and p.record_key = r._key
    where r.floating_status is distinct from '22'
    union all
    select p.resident_id, p.dwelling_id, r.updated_at::date, 3, p.feed
    from conformed.public_security_foreign_resident r
    join placed p on p.feed = 'foreign_resident' and p.slot = 'self' and p.record_key = r._key
    where r.leaves_on is null or r.leaves_on >= $as_of
    union all
    select resident_id, dwelling_id, valid_from - 730, 2, 'resident_register'
    from registered where status = '0' and register_match is distinct from '02'
    union all
    -- Weak words count only for people of whom no one better says where they live; an address on a form that
    -- is the register address of somebody who lives elsewhere says nothing.
    select p.resident_id, p.dwelling_id, null, 1, p.feed
    from placed p left join registered r on r.resident_id = p.resident_id
    where (p.feed in ('assistance_member', 'left_behind_child', 'disability_certificate', 'elderly_allowance')
            and p.slot = 'self'
            or p.feed in ('request', 'transfer_record')
            or p.feed = 'evacuation_card' and p.slot not in ('head', 'monitor'))
        and (r.resident_id is null or (r.register_match = '02' and p.dwelling_id is distinct from r.dwelling_id))
),
kept as (
    select s.* from said s
    left join registered r on r.resident_id = s.resident_id
    where s.resident_id not in (select resident_id from dead)
        and (s.dwelling_id is not null or s.trust = 3)
        -- Who moved away, joined the army or was struck off lives here only if seen here since.
        and (r.status is null or r.status in ('0', '6', '9') or (s.trust = 3 and s.seen_on > r.valid_from))
        and not exists (
            select 1 from absent a where a.resident_id = s.resident_id
                and (a.dwelling_id = s.dwelling_id or a.dwelling_id is null)
                and (s.trust < 3 or a.seen_on >= s.seen_on))
)
select resident_id, dwelling_id, source
from kept
where dwelling_id is not null
qualify row_number() over (partition by resident_id
    order by trust = 1, seen_on desc nulls last, trust desc, dwelling_id, source) = 1;

-- Nobody says where they live but that it is not the register address: children and old people live with the others
-- of their booklet who left it, if those live in one dwelling, and so does whom a visit met here at an address that
-- names no dwelling. Others of working age may be anywhere, as may who comes of age this year: no birthday is waited
-- for. A dormitory or a home for the elderly is no place where a family went.
create or replace temp table lives_all as
with away as (
    select r.booklet_no, any_value(l.dwelling_id) as dwelling_id
    from in_booklet b join registered r using (resident_id) join lives l using (resident_id)
    where l.dwelling_id is distinct from r.dwelling_id and l.source <> 'resident_register'
        and l.dwelling_id not in (select dwelling_id from collective where dwelling_id is not null)
    group by r.booklet_no having count(distinct l.dwelling_id) = 1
)
select * from lives
union all
select r.resident_id, a.dwelling_id, 'booklet'
from in_booklet b join registered r using (resident_id) join away a on a.booklet_no = r.booklet_no
where r.register_match = '02' and r.status = '0'
    and r.resident_id not in (select resident_id from lives)
    and (r.resident_id in (select resident_id from visit where residence_kind is distinct from 'empty')
        or r.resident_id in (select resident_id from person
            where birth_date > $new_year - interval 17 year or birth_date <= $new_year - interval 60 year))
    and not exists (select 1 from absent x where x.resident_id = r.resident_id
        and coalesce(x.dwelling_id, a.dwelling_id) = a.dwelling_id);

create or replace temp table in_dwelling as
select l.resident_id, l.dwelling_id, l.source, b.booklet_no, b.relation as register_relation
from lives_all l left join in_booklet b using (resident_id)
where l.dwelling_id not in (select dwelling_id from collective where dwelling_id is not null);

-- The newest relation that a visit wrote down, for those whom the register does not relate to the head.
create or replace temp table visit_relation as
select v.resident_id, v.dwelling_id, n.code as relation
from visit v join relation_name n on n.name = v.relation_text
qualify row_number() over (partition by v.resident_id, v.dwelling_id order by v.seen_on desc, n.code) = 1;

-- The head of a dwelling: the head of the booklet most of whose people live there, else whom a visit calls head,
-- else the eldest.
create or replace temp table living_head as
select d.dwelling_id, d.resident_id, d.booklet_no, d.register_relation in ('01', '02') as is_register_head
from in_dwelling d
left join (select dwelling_id, booklet_no, count(*) as n from in_dwelling where booklet_no is not null group by 1, 2) b
    on b.dwelling_id = d.dwelling_id and b.booklet_no = d.booklet_no
left join visit_relation v on v.resident_id = d.resident_id and v.dwelling_id = d.dwelling_id
left join person p on p.resident_id = d.resident_id
qualify row_number() over (partition by d.dwelling_id order by
    coalesce(d.register_relation in ('01', '02'), false) desc, coalesce(b.n, 0) desc,
    coalesce(v.relation in ('01', '02'), false) desc, p.birth_date nulls last, d.resident_id) = 1;

create or replace temp table member_now as
with booklet_head as (
    select booklet_no, resident_id from in_booklet b left join person p using (resident_id)
    qualify row_number() over (partition by booklet_no order by
        coalesce(relation in ('01', '02'), false) desc, birth_date nulls last, resident_id) = 1
),
joined as (
    select 'registered' as kind, 'B' || b.booklet_no as unit, b.booklet_no, null::varchar as dwelling_id, b.resident_id,
        b.relation, h.resident_id = b.resident_id as is_head, h.resident_id as head_id, 'resident_register' as source
    from in_booklet b join booklet_head h using (booklet_no)
    union all
    select 'living', 'D' || d.dwelling_id, null, d.dwelling_id, d.resident_id,
        case
            when h.resident_id = d.resident_id then coalesce(v.relation, '02')
            when h.is_register_head and d.booklet_no = h.booklet_no then d.register_relation
            else v.relation
        end,
        h.resident_id = d.resident_id, h.resident_id, d.source
    from in_dwelling d join living_head h using (dwelling_id)
    left join visit_relation v on v.resident_id = d.resident_id and v.dwelling_id = d.dwelling_id
)
select j.*,
    case
        when p.sex = '2' and (j.relation in ('11', '28', '51', '41') or j.relation between '20' and '27') then 'sex'
        when p.sex = '1' and (j.relation in ('12', '38', '52', '42') or j.relation between '30' and '37') then 'sex'
        when not j.is_head and (j.relation between '20' and '27' or j.relation between '30' and '37')
            and p.birth_date < hp.birth_date + interval 12 year then 'age'
        when not j.is_head and j.relation in ('51', '52') and hp.birth_date < p.birth_date + interval 12 year
            then 'age'
    end as doubt
from joined j
left join person p on p.resident_id = j.resident_id
left join person hp on hp.resident_id = j.head_id;
