-- One row a feed: how old is what we know from it.
select
    feed,
    split_part(feed, '.', 1) as department,
    night,
    last_success_at,
    state,
    stale_since,
    delivered as delivered_rows,
    conformed as current_rows,
    quarantined as quarantined_rows
from hub.feed_status
