-- One row a dwelling of a dormitory or home: known by its name, or by who is registered there. It counts entries of the
-- register, so that no resident need be known; needs the views of the register, standard addresses and address_match.
create or replace temp table collective as
with d as (
    select standard_address_id as dwelling_id, compound_name,
        coalesce(left(grid_code, 12) || compound_name, standard_address_id) as place
    from conformed.public_security_standard_address
),
entry as (
    select _key as record_key, household_kind from conformed.public_security_resident_register
    where is_current and not coalesce(is_reversed, false)
),
registered_at as (
    select record_key, dwelling_id from identity.address_match
    where department = 'public_security' and feed = 'resident_register' and slot = 'self'
),
-- Only where somebody's household is collective is it counted, which is in few places.
asked as (
    select place, dwelling_id from d semi join (
        select place from d semi join (
            select dwelling_id from registered_at semi join (
                select record_key from entry where household_kind = '2') using (record_key)) using (dwelling_id))
        using (place)
),
counted as (
    select a.place, count(*) as people, count(*) filter (e.household_kind = '2') as collective
    from (select place, record_key from asked join registered_at using (dwelling_id)) a
    join entry e using (record_key) group by 1
)
select d.dwelling_id from d left join counted c using (place)
where c.collective * 2 > c.people
    or regexp_matches(d.compound_name, '福利院|敬老院|养老|光荣院|护理院|学生宿舍|职工宿舍|员工宿舍|集体宿舍|学生公寓|工棚|看守所|消防');
