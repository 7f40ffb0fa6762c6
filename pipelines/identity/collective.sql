-- One row a dwelling of a dormitory or home: known by its name, or by who is registered there. It counts entries of the
-- register, so that no resident need be known; needs the views of the register, standard addresses and address_match.
create or replace temp table collective as
with d as (
    select standard_address_id as dwelling_id, compound_name,
        coalesce(left(grid_code, 12) || compound_name, standard_address_id) as place
    from conformed.public_security_standard_address
),
entry as (
    select m.dwelling_id, r.household_kind
    from conformed.public_security_resident_register r
    join identity.address_match m on m.department = 'public_security' and m.feed = 'resident_register'
        and m.slot = 'self' and m.record_key = r._key
    where r.is_current and not coalesce(r.is_reversed, false)
),
counted as (
    select d.place, count(*) as people, count(*) filter (e.household_kind = '2') as collective
    from entry e join d using (dwelling_id) group by 1
)
select d.dwelling_id from d left join counted c using (place)
where c.collective * 2 > c.people
    or regexp_matches(d.compound_name, '福利院|敬老院|养老|光荣院|护理院|学生宿舍|职工宿舍|员工宿舍|集体宿舍|学生公寓|工棚|看守所|消防');
