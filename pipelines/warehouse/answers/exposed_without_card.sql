-- title: Exposed people without an evacuation card
-- title_zh: 隐患区内无避险明白卡的人员
-- definition: Living residents within the radius of an active site who are named on no evacuation card.
-- definition_zh: 在册隐患点影响半径内、未列入任何避险明白卡的在世居民。
-- access: open
select e.hazard_site_code, r.resident_id, r.name_masked, r.grid_code, e.dwelling_id, e.distance_m
from warehouse.hazard_exposure as e
join warehouse.resident as r on r.resident_id = e.resident_id
where e.basis = 'radius'
    and not exists (
        select from warehouse.evacuation_card_member as m where m.resident_id = e.resident_id
    )
