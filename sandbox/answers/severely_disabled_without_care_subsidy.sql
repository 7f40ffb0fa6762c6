-- Level one or two, and no certificate of theirs says that the subsidy is received.
select resident_id from severe
group by resident_id
having bool_or(is_severe) and not bool_or(has_care_subsidy)
