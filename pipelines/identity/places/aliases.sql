-- One row another name of a town, community or compound: those of the division register, old names that standard
-- addresses still carry, and those that stewards added. What a steward refused stays refused.
create or replace temp table address_alias_now as
with division as (
    select division_code as code, parent_code, division_kind as kind, name,
        unnest(regexp_split_to_array(alias, '[,，、;；/|\s]+')) as alias
    from conformed.community_division
    where division_kind in ('town', 'community', 'compound') and alias is not null
),
town as (
    select division_code as code, any_value(name) as name from conformed.community_division
    where division_kind = 'town' group by 1
),
listed as (
    select d.kind, d.alias, t.name as town_name,
        case when d.kind <> 'town' then left(d.code, 12) end as community_code, d.name, 'division' as origin
    from division d left join town t on t.code = left(d.code, 9)
    where d.alias <> '' and d.alias <> d.name
),
carried as (
    select distinct 'community' as kind, w.community_name as alias, coalesce(t.name, w.town_name) as town_name,
        w.community_code, c.name, 'address' as origin
    from dwelling w join conformed.community_division c
        on c.division_code = w.community_code and c.division_kind = 'community'
    left join town t on t.code = left(w.community_code, 9)
    where w.community_name <> c.name
),
added as (
    select kind, alias, town_name, community_code, name, origin, is_refused from identity.address_alias
    where origin = 'steward'
),
derived as (
    select * from listed
    union all
    select * from carried c
    where not exists (select 1 from listed l
        where l.kind = c.kind and l.alias = c.alias and l.community_code = c.community_code)
),
lying as (
    select 'community' as kind, community_code, null as compound_name, count(*) as n from dwelling group by 1, 2
    union all
    select 'compound', community_code, compound_name, count(*) from dwelling group by 1, 2, 3
),
all_rows as (
    select d.*, coalesce(s.is_refused, false) as is_refused
    from derived d left join identity.address_alias s
        on s.kind = d.kind and s.alias = d.alias and s.community_code = coalesce(d.community_code, '')
        and s.name = d.name and s.origin <> 'steward'
    union all
    select * from added
)
select a.kind, a.alias, coalesce(a.town_name, '') as town_name, coalesce(a.community_code, '') as community_code,
    a.name, min(a.origin) as origin, coalesce(max(y.n), 0)::bigint as support, bool_or(a.is_refused) as is_refused
from all_rows a
left join lying y on y.kind = a.kind and y.community_code = a.community_code
    and (a.kind = 'community' or y.compound_name = a.name)
where a.alias is not null and a.name is not null
group by 1, 2, 3, 4, 5;

create or replace temp table alias_used as
select kind, fold_address(alias) as alias, town_name, community_code, fold_address(name) as name
from address_alias_now where not is_refused;
