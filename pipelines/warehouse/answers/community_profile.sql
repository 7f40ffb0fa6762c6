-- title: The profile of a community
-- title_zh: 社区画像
-- definition: One row a community: people, households, dwellings and lettings, tickets, video alerts and open wishes, exposed people, shops and components.
-- definition_zh: 每个社区一行：人口、户、住房与出租房、工单、视频预警与待认领微心愿、受隐患影响人数、商户与部件。
-- access: open
select
    c.division_code as community_code,
    c.name,
    c.town_code,
    coalesce(sum(s.residents), 0)::bigint as residents,
    coalesce(sum(s.over_80), 0)::bigint as over_80,
    coalesce(sum(s.children), 0)::bigint as children,
    coalesce(sum(s.floating), 0)::bigint as floating,
    coalesce(sum(s.households), 0)::bigint as households,
    coalesce(sum(s.dwellings), 0)::bigint as dwellings,
    coalesce(sum(s.inhabited_dwellings), 0)::bigint as inhabited_dwellings,
    coalesce(sum(s.lettings), 0)::bigint as lettings,
    coalesce(sum(s.tickets), 0)::bigint as tickets,
    coalesce(sum(s.open_tickets), 0)::bigint as open_tickets,
    coalesce(sum(s.video_alerts), 0)::bigint as video_alerts,
    coalesce(sum(s.open_wishes), 0)::bigint as open_wishes,
    coalesce(sum(s.exposed_residents), 0)::bigint as exposed_residents,
    coalesce(sum(s.shops), 0)::bigint as shops,
    coalesce(sum(s.components), 0)::bigint as components
from warehouse.division as c
left join warehouse.grid as g on g.community_code = c.division_code
left join warehouse.grid_summary as s on s.grid_code = g.grid_code
where c.division_kind = 'community'
group by c.division_code, c.name, c.town_code
