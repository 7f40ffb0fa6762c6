-- title: The profile of a grid
-- title_zh: 网格画像
-- definition: One row a grid: people, households, dwellings and lettings, tickets, video alerts and open wishes, exposed people, shops and components.
-- definition_zh: 每个网格一行：人口、户、住房与出租房、工单、视频预警与待认领微心愿、受隐患影响人数、商户与部件。
-- access: open
select
    g.grid_code,
    g.name,
    g.community_name,
    g.worker_no,
    s.residents,
    s.over_80,
    s.children,
    s.floating,
    s.households,
    s.dwellings,
    s.inhabited_dwellings,
    s.lettings,
    s.tickets,
    s.open_tickets,
    s.video_alerts,
    s.open_wishes,
    s.exposed_residents,
    s.shops,
    s.components
from warehouse.grid as g
join warehouse.grid_summary as s on s.grid_code = g.grid_code
