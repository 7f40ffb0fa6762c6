-- One row a person, with the golden value of each attribute: by trust of source, then recency.
-- grain: resident_id
with register as (
    select
        c.resident_id,
        max_by(r.person_status, r.valid_from_at) as person_status,
        max_by(r.marital_status, r.valid_from_at) as marital_status,
        max_by(r.education, r.valid_from_at) as education,
        max_by(r.death_date, r.valid_from_at) filter (where r.person_status = '1') as death_date
    from conformed.public_security_resident_register as r
    inner join identity.crosswalk as c
        on c.record_key = r._key
        and c.department = 'public_security'
        and c.feed = 'resident_register'
        and c.slot = 'self'
    where r.is_current and not r.is_reversed
    group by c.resident_id
),

floating as (
    select distinct c.resident_id
    from conformed.public_security_floating_population as r
    inner join identity.crosswalk as c
        on c.record_key = r._key
        and c.department = 'public_security'
        and c.feed = 'floating_population'
        and c.slot = 'self'
    where r.floating_status <> '22'
),

foreigner as (
    select c.resident_id, max(r.nationality) as nationality
    from conformed.public_security_foreign_resident as r
    inner join identity.crosswalk as c
        on c.record_key = r._key
        and c.department = 'public_security'
        and c.feed = 'foreign_resident'
        and c.slot = 'self'
    group by c.resident_id
),

death as (
    select
        resident_id,
        max_by(occurred_on, case when feed = 'cremation' then 1 else 0 end) filter (
            where occurred_on is not null
        ) as death_date
    from warehouse.life_event
    where event_kind = 'death'
    group by resident_id
),

-- A dwelling that was merged counts as what it was merged into.
living as (
    select h.resident_id, coalesce(a.merged_into_id, h.dwelling_id) as dwelling_id
    from identity.home as h
    left join conformed.public_security_standard_address as a
        on a.standard_address_id = h.dwelling_id
),

-- Where the register has them, and where some record still has them, be they dead.
resided as (
    select
        resident_id,
        max(case when residency_role = 'lives' and place = 1 then dwelling_id end) as listed_dwelling_id,
        max(case when residency_role = 'registers' and place = 1 then dwelling_id end)
            as register_dwelling_id
    from (
        select
            resident_id,
            dwelling_id,
            residency_role,
            row_number() over (
                partition by resident_id, residency_role
                order by seen_on desc nulls last, department desc, feed desc, dwelling_id
            ) as place
        from warehouse.residency
        where is_current and residency_role in ('lives', 'registers')
    ) as ranked
    group by resident_id
),

visited as (
    select c.resident_id, max_by(v.grid_code, v.visited_at) as grid_code
    from conformed.community_resident_visit as v
    inner join identity.crosswalk as c
        on c.record_key = v._key
        and c.department = 'community'
        and c.feed = 'resident_visit'
        and c.slot = 'self'
    where not coalesce(v.is_deleted, false) and v.grid_code is not null
    group by c.resident_id
),

joined as (
    select
        g.*,
        r.person_status,
        r.marital_status,
        r.education,
        f.nationality,
        case
            when f.resident_id is not null then '03'
            when r.resident_id is not null then '01'
            when fl.resident_id is not null then '02'
        end as person_type,
        d.resident_id is not null as is_dead,
        d.death_date,
        l.dwelling_id as living_dwelling_id,
        p.register_dwelling_id,
        case when d.resident_id is not null then p.listed_dwelling_id end as listed_dwelling_id,
        v.grid_code as visited_grid_code
    from stage.golden as g
    left join register as r on r.resident_id = g.resident_id
    left join floating as fl on fl.resident_id = g.resident_id
    left join foreigner as f on f.resident_id = g.resident_id
    left join death as d on d.resident_id = g.resident_id
    left join living as l on l.resident_id = g.resident_id
    left join resided as p on p.resident_id = g.resident_id
    left join visited as v on v.resident_id = g.resident_id
),

housed as (
    select
        j.*,
        coalesce(home.grid_code, j.visited_grid_code, registered.grid_code, listed.grid_code) as grid_code
    from joined as j
    left join warehouse.dwelling as home
        on home.dwelling_id = j.living_dwelling_id
    left join warehouse.dwelling as registered
        on registered.dwelling_id = j.register_dwelling_id
    left join warehouse.dwelling as listed
        on listed.dwelling_id = j.listed_dwelling_id
)

select
    resident_id,
    name,
    substr(name, 1, 1) || repeat('*', greatest(length(name) - 1, 1)) as name_masked,
    pinyin,
    sex,
    birth_date,
    cast(extract(year from birth_date) as bigint) as birth_year,
    ethnicity,
    id_no,
    case -- six characters of a passport would be most of it
        when length(id_no) < 15
            then substr(id_no, 1, 1) || repeat('*', greatest(length(id_no) - 1, 1))
        else substr(id_no, 1, 6) || repeat('*', length(id_no) - 6)
    end as id_no_masked,
    phone,
    substr(phone, 1, 3) || repeat('*', greatest(length(phone) - 3, 0)) as phone_masked,
    marital_status,
    education,
    nationality,
    person_type,
    person_status,
    is_dead,
    death_date,
    living_dwelling_id,
    register_dwelling_id,
    grid_code,
    substr(grid_code, 1, 12) as community_code,
    case when department_bits % 2 >= 1 then ['city_management'] else [] end
        || case when department_bits % 4 >= 2 then ['civil_affairs'] else [] end
        || case when department_bits % 8 >= 4 then ['community'] else [] end
        || case when department_bits % 16 >= 8 then ['emergency'] else [] end
        || case when department_bits >= 16 then ['public_security'] else [] end as departments,
    mention_count
from housed
