-- On the register in normal standing, eighty or over, no running allowance.
select r.resident_id
from resident as r
cross join today as t
where r.kind = 'registered' and r.status = 'normal' and r.birth_date <= t.as_of - interval 80 year
    and r.resident_id in (select resident_id from who where feed = 'public_security.resident_register')
    and not exists (
        from "grant" as g
        where g.resident_id = r.resident_id and g.benefit_kind = 'elderly_allowance'
            and (g.to_month is null or g.to_month > t.month)
    )
