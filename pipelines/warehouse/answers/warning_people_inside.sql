-- title: A warning now: who is inside, by need
-- title_zh: 当前预警区域内的人员
-- definition: Living residents in the area of an actual warning that stands on the business date, with what help they may need and the grid worker to call: number, masked telephone, and the resident id by which access to the whole number is opened.
-- definition_zh: 业务日期有效的实际预警区域内的在世居民、可能需要的帮助及对应网格员：工号、脱敏电话，以及用于申请查看完整电话的居民标识。
-- access: sensitive
with standing as (
    select w.warning_id, w.event_type, w.warning_severity, now.as_of
    from warehouse.warning as w
    cross join warehouse.publication as now
    where w.warning_status = 'Actual' and w.warning_action <> 'Cancel' and w.replaced_by_id is null
        and (w.expires_at is null or w.expires_at >= now.as_of::timestamp at time zone 'Asia/Shanghai')
        and coalesce(w.effective_at, w.sent_at)
            < (now.as_of + 1)::timestamp at time zone 'Asia/Shanghai'
),

-- An area is a grid or anything above it: each grid counts once, whatever the warning names twice.
reached as (
    select distinct
        s.warning_id,
        s.event_type,
        s.warning_severity,
        s.as_of,
        g.grid_code,
        g.community_code,
        g.worker_no,
        g.worker_phone_masked,
        g.worker_resident_id
    from standing as s
    join warehouse.warning_area as a on a.warning_id = s.warning_id
    join (
        select k.*, unnest(array[
            k.grid_code, k.community_code, k.town_code, substr(k.grid_code, 1, 6)
        ]) as reached_as
        from warehouse.grid as k
    ) as g on g.reached_as = a.area_code
)

select
    i.warning_id,
    i.event_type,
    i.warning_severity,
    r.resident_id,
    r.name_masked,
    r.grid_code,
    i.community_code,
    i.worker_no,
    r.living_dwelling_id,
    coalesce(r.birth_date <= i.as_of - interval '80 years', false) as is_over_80,
    coalesce(r.birth_date > i.as_of - interval '6 years', false) as is_under_6,
    exists (
        select from warehouse.disability as d
        where d.resident_id = r.resident_id and d.disability_level in ('1', '2')
    ) as is_severely_disabled,
    i.worker_phone_masked,
    i.worker_resident_id
from reached as i
join warehouse.resident as r on r.grid_code = i.grid_code and not r.is_dead
