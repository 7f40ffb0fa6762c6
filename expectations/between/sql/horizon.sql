-- One row a feed: the day before which the hub's copy of it is whole. Younger records of other feeds may name
-- what that copy does not have yet, since it was last read in the night (or, of a failed feed, some nights ago).
select
    feed,
    case when state = 'ok' then night else cast(stale_since - interval 1 day as date) end as whole_before
from hub.feed_status
where last_success_at is not null
