-- grain: resident_id
-- due conformed.public_security_resident_register: birth_date + interval 80 year
-- due conformed.public_security_resident_register: birth_date + interval 80 year + interval 62 day
-- due conformed.public_security_resident_register: birth_date + interval 90 year
-- due conformed.public_security_resident_register: birth_date + interval 90 year + interval 62 day
-- due conformed.public_security_resident_register: birth_date + interval 100 year
-- due conformed.public_security_resident_register: birth_date + interval 100 year + interval 62 day
-- A list of the month before may still show the band of that month.
with aged as (
    select
        p.resident_id,
        p.record_key,
        p.birth_date,
        a._key as other_record_key,
        a.age_band,
        date_diff('year', p.birth_date, d.judged_on)
            - case when strftime(p.birth_date, '%m-%d') > strftime(d.judged_on, '%m-%d') then 1 else 0 end as age,
        date_diff('year', p.birth_date, d.month_before)
            - case when strftime(p.birth_date, '%m-%d') > strftime(d.month_before, '%m-%d') then 1 else 0 end
            as age_before
    from conformed.civil_affairs_elderly_allowance as a
    cross join parameter.as_of as today
    inner join identity.crosswalk as c
        on c.record_key = a._key
        and c.feed = 'elderly_allowance'
        and c.department = 'civil_affairs'
    inner join stage.registered as p
        on p.resident_id = c.resident_id
    cross join lateral (
        select
            ended.last_on as judged_on,
            cast(ended.last_on - interval 62 day as date) as month_before
        from (
            select
                case
                    when a.to_month is null or a.to_month >= '2999' then today.as_of
                    else least(today.as_of, last_day(cast(a.to_month || '-01' as date)))
                end as last_on
        ) as ended
    ) as d
)

select
    resident_id as subject,
    resident_id,
    record_key,
    birth_date as value,
    other_record_key,
    age_band as other_value
from aged
where birth_date is not null
    and age_band <> case when age >= 100 then '100' when age >= 90 then '90' when age >= 80 then '80' else 'none' end
    and age_band <> case
        when age_before >= 100 then '100' when age_before >= 90 then '90' when age_before >= 80 then '80' else 'none'
    end
