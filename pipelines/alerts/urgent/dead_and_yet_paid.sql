-- title: Dead and yet paid
-- title_zh: 死亡后仍在领取
select jsonb_build_object('resident_id', resident_id, 'benefit_kind', benefit_kind) as subject
from answers.dead_and_yet_paid
