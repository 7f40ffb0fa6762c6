-- Households and people moved because of a warning.
select
    warningId as warning_id, count(*) as households_moved, sum(peopleMoved) as people_moved,
    sum(peopleMoved) filter (where endedAt is null) as people_still_away
from emergency.transfer_record
group by warningId
