-- One row a rule and a feed, as of the last night that judged it.
select feed, rule_id, night, broken as broken_rows, total as judged_rows, outcome
from hub.rule_result
