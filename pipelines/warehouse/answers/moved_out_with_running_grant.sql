-- title: Moved out with a running grant
-- title_zh: 已迁出仍享受待遇
-- definition: The register says moved out or emigrated, and a benefit has no end or ends in or after the month of the business date.
-- definition_zh: 户籍状态为迁出或出国境定居，且待遇未终止或终止年月不早于业务月份。
-- access: sensitive
select
    r.resident_id,
    r.name_masked,
    r.grid_code,
    r.person_status,
    g.benefit_kind,
    g.from_month,
    g.to_month
from warehouse.resident as r
join warehouse.benefit_grant as g on g.resident_id = r.resident_id
cross join warehouse.publication as now
where r.person_status in ('2', '4')
    and (g.to_month is null or g.to_month >= to_char(now.as_of, 'YYYY-MM'))
