-- One row a resident: the value believed most of each attribute, and whether its sources differ.
select
    resident_id,
    max_by(name, belief_name) filter (where name is not null) as name,
    max_by(pinyin, belief_name) filter (where name is not null) as pinyin,
    max_by(sex, belief_sex) filter (where sex is not null) as sex,
    max_by(birth_date, belief_birth_date) filter (where birth_date is not null) as birth_date,
    max_by(ethnicity, belief_ethnicity) filter (where ethnicity is not null) as ethnicity,
    max_by(id_no, belief_id_no) filter (where id_no is not null) as id_no,
    max_by(phone, belief_phone) filter (where phone is not null) as phone,
    min(name) <> max(name) as name_differs,
    min(sex) <> max(sex) as sex_differs,
    min(birth_date) <> max(birth_date) as birth_date_differs,
    min(id_no) <> max(id_no) as id_no_differs,
    min(phone) <> max(phone) as phone_differs,
    max(case when department = 'city_management' then 1 else 0 end)
        + max(case when department = 'civil_affairs' then 2 else 0 end)
        + max(case when department = 'community' then 4 else 0 end)
        + max(case when department = 'emergency' then 8 else 0 end)
        + max(case when department = 'public_security' then 16 else 0 end) as department_bits,
    count(*) as mention_count
from stage.appearance
group by resident_id
