-- title: A wish unclaimed for seven days
-- title_zh: 微心愿七天未认领
select jsonb_build_object('wish_no', wish_no) as subject
from answers.wishes_unclaimed_seven_days
