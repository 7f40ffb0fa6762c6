-- What the questions share: true people at their true homes, true addresses of records, sites and who lives near.
create view today as select as_of, strftime(as_of, '%Y-%m') as month from given_day;

create view who as
select department || '.' || feed as feed, record_key, slot, person_id as resident_id from true_mentions;

create view place as
select department || '.' || feed as feed, record_key, slot, dwelling_id from true_addresses
where dwelling_id is not null;

create table dwells as
select w.resident_id, p.dwelling_id, 'registers' as residency_role
from public_security.resident_register as r
join who as w on w.feed = 'public_security.resident_register' and w.record_key = r._key
join place as p on p.feed = w.feed and p.record_key = r._key
where r.CXBZ = '0'
union all
select w.resident_id, p.dwelling_id, 'lives'
from public_security.resident_register as r
join who as w on w.feed = 'public_security.resident_register' and w.record_key = r._key
join place as p on p.feed = w.feed and p.record_key = r._key
where r.CXBZ = '0' and r.JLBZ = '1' and r.RYZT = '0' and r.RHYZ = '01'
union all
select w.resident_id, p.dwelling_id, k.role
from public_security.floating_population as r
join who as w on w.feed = 'public_security.floating_population' and w.record_key = r._key
join place as p on p.feed = w.feed and p.record_key = r._key
cross join (values ('lives'), ('rents')) as k (role)
where k.role = 'lives' or r.FWBH is not null
union all
select w.resident_id, p.dwelling_id, 'lives'
from who as w
join place as p on p.feed = w.feed and p.record_key = w.record_key and p.slot = w.slot
where w.feed in ('public_security.foreign_resident', 'civil_affairs.assistance_member',
        'civil_affairs.disability_certificate', 'civil_affairs.elderly_allowance',
        'civil_affairs.left_behind_child') and w.slot = 'self'
union all
select w.resident_id, p.dwelling_id, 'lives'
from community.resident_visit as v
join who as w on w.feed = 'community.resident_visit' and w.record_key = v._key
join place as p on p.feed = w.feed and p.record_key = v._key
where v.is_deleted = 0 and coalesce(v.residence_kind, '') <> 'empty'
union all
select w.resident_id, p.dwelling_id, 'lives'
from who as w
join place as p on p.feed = w.feed and p.record_key = w.record_key and p.slot = 'head'
where w.feed = 'emergency.evacuation_card' and w.slot not in ('head', 'monitor')
union all
select w.resident_id, p.dwelling_id, 'owns'
from who as w
join place as p on p.feed = w.feed and p.record_key = w.record_key
where w.feed = 'public_security.rental_housing' and w.slot = 'landlord';

-- A home is known where a record that says where the person lives, asks for help or is moved to safety names it.
create table named_home as
select h.person_id, h.living_dwelling as dwelling_id, h.registered_household, h.registered_dwelling,
    h.living_household is not null as is_family_home
from true_households as h
where exists (
        from dwells as d
        where d.resident_id = h.person_id and d.dwelling_id = h.living_dwelling and d.residency_role = 'lives'
    )
    or exists (
        from who as w
        join place as p on p.feed = w.feed and p.record_key = w.record_key and p.slot = w.slot
        where w.feed in ('community.request', 'emergency.transfer_record')
            and w.resident_id = h.person_id and p.dwelling_id = h.living_dwelling
    );

-- Children and the old of whom no record names it live where the others of their booklet went, if that is one
-- family's dwelling. Ages are those of New Year's Day; who comes of age in the year is no child.
create table followed_home as
with gone as (
    select registered_household, min(dwelling_id) as dwelling_id
    from named_home
    where is_family_home and dwelling_id <> registered_dwelling
    group by registered_household
    having count(distinct dwelling_id) = 1
)

select h.person_id, h.living_dwelling as dwelling_id
from true_households as h
join gone as g on g.registered_household = h.registered_household and g.dwelling_id = h.living_dwelling
join true_persons as p on p.person_id = h.person_id and p.kind = 'registered' and p.status = 'normal'
cross join today as t
where p.birth_date > date_trunc('year', t.as_of) - interval 17 year
    or p.birth_date <= date_trunc('year', t.as_of) - interval 60 year;

-- Who moved out or died has left the register. A home that is not known counts as none.
create table resident as
select
    p.person_id as resident_id,
    p.birth_date,
    p.death_date,
    p.kind,
    p.status,
    p.status = 'dead' as is_dead,
    home.BZDZID as living_dwelling_id,
    registered.BZDZID as register_dwelling_id,
    coalesce(home.WGBM, registered.WGBM) as grid_code
from true_persons as p
join true_households as h on h.person_id = p.person_id
left join (
    select person_id, dwelling_id from named_home union select person_id, dwelling_id from followed_home
) as known on known.person_id = p.person_id
left join public_security.standard_address as home
    on home.BZDZID = known.dwelling_id
left join public_security.standard_address as registered
    on registered.BZDZID = h.registered_dwelling
    and p.status in ('normal', 'army', 'missing', 'other')
    and p.person_id in (select resident_id from dwells where residency_role = 'registers')
where p.person_id in (select resident_id from who);

create macro degrees(said) as
    case when contains(said, '°') then
        cast(regexp_extract(said, '^(\d+)°', 1) as double)
        + coalesce(try_cast(regexp_extract(said, '(\d+)′', 1) as double), 0) / 60
        + coalesce(try_cast(regexp_extract(said, '([\d.]+)″', 1) as double), 0) / 3600
    else try_cast(said as double) end;

create table exposed as
with site as (
    select unifiedCode as hazard_site_code, radiusM as radius_m, degrees(lon) as lon, degrees(lat) as lat
    from emergency.hazard_site
    where state = 'active' and radiusM > 0
)

select s.hazard_site_code, r.resident_id, d.BZDZID as dwelling_id
from site as s
join public_security.standard_address as d
    on abs(d.WD - s.lat) < 0.1 and abs(d.JD - s.lon) < 0.1
    and sqrt(power((d.WD - s.lat) * 111320, 2) + power((d.JD - s.lon) * 111320 * cos(radians(s.lat)), 2))
        <= s.radius_m
join resident as r on r.living_dwelling_id = d.BZDZID and not r.is_dead;

create view "grant" as
select
    w.resident_id, 'assistance' as benefit_kind, m.家庭编号 as family_no, m.救助类别 as assistance_type,
    m.起始年月 as from_month, nullif(m.终止年月, '3000-12') as to_month
from civil_affairs.assistance_member as m
join who as w on w.feed = 'civil_affairs.assistance_member' and w.slot = 'self' and w.record_key = m._key
union all
select w.resident_id, 'elderly_allowance', null, null, a.起发年月, nullif(a.停发年月, '3000-12')
from civil_affairs.elderly_allowance as a
join who as w on w.feed = 'civil_affairs.elderly_allowance' and w.slot = 'self' and w.record_key = a._key
union all
select w.resident_id, s.kind, null, null, substr(d.签发日期, 1, 7), substr(d.有效期至, 1, 7)
from civil_affairs.disability_certificate as d
join who as w on w.feed = 'civil_affairs.disability_certificate' and w.slot = 'self' and w.record_key = d._key
cross join (values ('care_subsidy'), ('living_subsidy')) as s (kind)
where (s.kind = 'care_subsidy' and d.护理补贴 = '是') or (s.kind = 'living_subsidy' and d.生活补贴 = '是');

create view letting as
select r.FWBH as rental_no, p.dwelling_id, coalesce(r.DJRS, 0) as registered_occupants
from public_security.rental_housing as r
left join place as p on p.feed = 'public_security.rental_housing' and p.record_key = r._key
cross join today as t
where r.CZJSRQ is null or try_strptime(r.CZJSRQ, '%Y%m%d') > t.as_of;

create view severe as
select w.resident_id, d.护理补贴 = '是' as has_care_subsidy, d.残疾等级 in ('一级', '二级') as is_severe
from civil_affairs.disability_certificate as d
join who as w on w.feed = 'civil_affairs.disability_certificate' and w.slot = 'self' and w.record_key = d._key
join resident as r on r.resident_id = w.resident_id and not r.is_dead;

create view ticket as
select
    'city_management|' || caseId as ticket_id, gridCode as grid_code, handlerUnit as handler,
    status, status not in ('closed', 'cancelled') as is_open, componentCode as component_code,
    cast(reportedAt as timestamp) as reported_at, cast(deadline as timestamp) as deadline_at, caseId as case_id
from city_management."case"
union all
select
    'community|' || request_no, grid_code, handler, status,
    status not in ('feedback', 'rated', 'cancelled'), null, cast(reported_at as timestamp), null, null
from community.request;

create view card_member as
select w.resident_id, w.slot, c.卡号 as card_no, c.隐患点编号 as hazard_site_code, c.安置点 as shelter_name
from emergency.evacuation_card as c
join who as w on w.feed = 'emergency.evacuation_card' and w.record_key = c._key;

create view visited as
select w.resident_id, max(cast(v.visited_at as date)) as last_visit_on
from community.resident_visit as v
join who as w on w.feed = 'community.resident_visit' and w.slot = 'self' and w.record_key = v._key
where v.is_deleted = 0 and coalesce(v.residence_kind, '') <> 'empty'
group by w.resident_id;

create view standing as
select w.identifier as warning_id, g.area_code
from emergency.warning as w
cross join today as t
cross join unnest(w.geocodes) as g (area_code)
where w.status = 'Actual' and w.msgType <> 'Cancel'
    and (w.expires is null or cast(w.expires as timestamp) >= cast(t.as_of as timestamp))
    and cast(coalesce(w.effective, w.sendTime) as timestamp) < cast(t.as_of + 1 as timestamp)
    and not exists (
        from emergency.warning as later
        where list_contains(string_split(later.references, ' '), w.identifier)
    );

create view open_wish as
select w.resident_id, count(*) as wishes
from community.wish as x
join who as w on w.feed = 'community.wish' and w.slot = 'wisher' and w.record_key = x._key
where x.status = 'open'
group by w.resident_id;

create view threatened as
select resident_id from exposed
union
select resident_id from card_member where slot <> 'monitor' and hazard_site_code is not null;

create view on_floating_list as
select distinct w.resident_id
from public_security.floating_population as f
join who as w on w.feed = 'public_security.floating_population' and w.record_key = f._key
where f.ZTDM <> '22';

-- A grid's living people, its homes, and what happens and stands in it.
create table grid_count as
with people as (
    select
        r.grid_code,
        count(*) as residents,
        count(*) filter (where r.birth_date <= t.as_of - interval 80 year) as over_80,
        count(*) filter (where r.birth_date > t.as_of - interval 14 year) as children,
        count(*) filter (where r.kind in ('floating', 'papers') and f.resident_id is not null) as floating,
        count(e.resident_id) as exposed_residents,
        coalesce(sum(w.wishes), 0) as open_wishes,
        count(distinct r.living_dwelling_id) as inhabited_dwellings
    from resident as r
    cross join today as t
    left join on_floating_list as f on f.resident_id = r.resident_id
    left join threatened as e on e.resident_id = r.resident_id
    left join open_wish as w on w.resident_id = r.resident_id
    where not r.is_dead
    group by r.grid_code
),

homes as (
    select
        a.WGBM as grid_code,
        count(*) filter (where a.ZT = '1') as dwellings,
        count(*) filter (where a.BZDZID in (
            select r.living_dwelling_id
            from resident as r
            join true_households as h on h.person_id = r.resident_id
            where h.living_household is not null and not r.is_dead and r.living_dwelling_id is not null
        )) as households,
        coalesce(sum(l.lettings), 0) as lettings
    from public_security.standard_address as a
    left join (select dwelling_id, count(*) as lettings from letting group by dwelling_id) as l
        on l.dwelling_id = a.BZDZID
    group by a.WGBM
),

events as (
    select
        x.grid_code,
        count(*) as tickets,
        count(*) filter (where x.is_open) as open_tickets,
        count(*) filter (where x.is_open and x.deadline_at < cast(t.as_of as timestamp)) as overdue_tickets
    from ticket as x
    cross join today as t
    group by x.grid_code
)

select
    d.code as grid_code,
    p.* exclude (grid_code),
    h.* exclude (grid_code),
    x.* exclude (grid_code),
    (select count(*) from city_management.component as s where s.gridCode = d.code) as components,
    (select count(*) from city_management.video_alert as s where s.gridCode = d.code) as video_alerts,
    (select count(*) from city_management.shop as s where s.gridCode = d.code) as shops
from community.division as d
left join people as p on p.grid_code = d.code
left join homes as h on h.grid_code = d.code
left join events as x on x.grid_code = d.code
where d.kind = 'grid';
