-- cells: grid_code
select
    d.code as grid_code,
    (select count(*) from resident as r where r.grid_code = d.code and not r.is_dead) as residents,
    (
        select count(*) from resident as r cross join today as t
        where r.grid_code = d.code and not r.is_dead and r.birth_date <= t.as_of - interval 80 year
    ) as over_80,
    (select count(*) from public_security.standard_address as a where a.WGBM = d.code and a.ZT = '1') as dwellings,
    (select count(*) from ticket as t where t.grid_code = d.code) as tickets,
    (select count(*) from ticket as t where t.grid_code = d.code and t.is_open) as open_tickets,
    (
        select count(distinct resident_id) from (
            select resident_id from exposed
            union all
            select resident_id from card_member where slot <> 'monitor' and hazard_site_code is not null
        ) as e join resident as r using (resident_id) where r.grid_code = d.code and not r.is_dead
    ) as exposed_residents,
    (select count(*) from city_management.component as s where s.gridCode = d.code) as components,
    (select count(*) from city_management.video_alert as s where s.gridCode = d.code) as video_alerts,
    (select count(*) from city_management.shop as s where s.gridCode = d.code) as shops
from community.division as d
where d.kind = 'grid'
