"""Stable ids: tonight's clusters take over last night's resident ids, and every change is an event.

    cluster_of (mention -> cluster) x identity.crosswalk -> resident_of -> crosswalk, history,
    lineage

The contract. Of the clusters that hold mentions of an old id, and of the old ids that a cluster
holds mentions of,
they are paired best first: most shared mentions with a strong identifier (a valid number or a
RYID), then most
shared mentions, then the smaller old id and the smaller mention number. Each id goes to one
cluster and each cluster takes
one id; what is left over gets a new, random id. So on a merge the side with more strong mentions
gives its id,
on a split the part with more of them keeps it, and the id of a part that comes back is not
revived: it stays retired
and its lineage leads on. Events: ``new`` (an id of mentions never seen), ``split`` (a new id for
mentions that
left a living one), ``merge`` (all that an id had went to another), ``move`` (mentions went from
one living id to another),
``retire`` (its mentions are gone). ``crosswalk`` holds what is believed now since recorded_from;
a belief that ends goes to
``crosswalk_history`` with recorded_to, so both together answer for any past instant. No secrets.
"""

from datetime import datetime

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from foundation.announce import announce
from foundation.engine import register, run, stream
from foundation.lake import Lake
from pipelines.identity.state import attach_identity, write_difference
from schemas.identity import CROSSWALK, CROSSWALK_HISTORY, LINEAGE

_OVERLAP = """
create or replace temp table overlap as
select n.cluster, o.resident_id, count(*) as mentions, count(*) filter (n.is_strong) as strong,
  min(n.mention_id) as speaker
from cluster_of n join crosswalk_before o using (mention_id)
group by n.cluster, o.resident_id
"""

# Undisputed: the id's only cluster, and the cluster's only id.
_CERTAIN = """
create or replace temp table taken as
select cluster, resident_id from overlap
qualify count(*) over (partition by cluster) = 1 and count(*) over (partition by resident_id) = 1
"""
_DISPUTED = """
select cluster, resident_id from overlap anti join taken using (cluster)
order by strong desc, mentions desc, resident_id, speaker
"""

_RESIDENT_OF = """
create or replace temp table resident_of as
select cluster, coalesce(t.resident_id, 'R' || upper(left(replace(uuid()::varchar, '-', ''), 20)))
  as resident_id,
  t.resident_id is null as is_new
from (select distinct cluster from cluster_of) left join taken t using (cluster)
"""

_NEW_CROSSWALK = """
create or replace temp table crosswalk_now as
select c.mention_id, c.department, c.feed, c.record_key, c.slot, r.resident_id, c.method, c.weight,
  c.speaker_mention_id, c.tie, c.is_strong,
  case when o.resident_id = r.resident_id then o.recorded_from else $now::timestamptz end as
    recorded_from
from cluster_of c join resident_of r using (cluster) left join crosswalk_before o using
  (mention_id)
"""

_ENDED = """
create or replace temp table ended as
select o.*, $now::timestamptz as recorded_to
from crosswalk_before o left join crosswalk_now n using (mention_id)
where n.resident_id is distinct from o.resident_id
"""

_EVENTS = """
create or replace temp table event as
with moved as (
  select o.resident_id as old_id, n.resident_id as new_id, count(*) as mentions
  from crosswalk_before o join crosswalk_now n using (mention_id)
  where n.resident_id <> o.resident_id group by all
),
alive as (select distinct resident_id from crosswalk_now),
before as (select distinct resident_id from crosswalk_before),
fresh as (select resident_id from resident_of where is_new),
told as (
  select case when a.resident_id is null then 'merge' when f.resident_id is not null then 'split'
    else 'move' end
      as event, old_id, new_id, mentions
  from moved left join alive a on a.resident_id = old_id left join fresh f on f.resident_id = new_id
  union all
  select 'new', null, f.resident_id, 0 from fresh f anti join moved on new_id = f.resident_id
  union all
  select 'retire', b.resident_id, null, 0
  from before b anti join alive using (resident_id) anti join moved on old_id = b.resident_id
)
select uuid()::varchar as event_id, event, old_id as old_resident_id, new_id as new_resident_id,
  mentions::bigint as mentions, $now::timestamptz as recorded_at
from told
"""


# The stored rows of these mentions and of those that went.
_BEFORE = """
create or replace temp table crosswalk_before as
select * from identity.crosswalk semi join (
  select mention_id from cluster_of union select mention_id from identity.touched)
  using (mention_id)
"""


def keep_ids(
    con: duckdb.DuckDBPyConnection, lake: Lake, now: datetime, part: bool = False
) -> dict[str, int]:
    """Give every cluster of ``cluster_of`` its resident id and write what changed; returns counts
    of events.

    ``cluster_of``: mention_id, cluster, is_strong and the columns of crosswalk but resident_id,
    recorded_from. part: it holds whole residents, but not all; the others stay.
    """
    attach_identity(con, lake, CROSSWALK.name)
    run(
        con,
        _BEFORE
        if part
        else "create or replace temp view crosswalk_before as from identity.crosswalk",
    )
    run(con, _OVERLAP)
    run(con, _CERTAIN)
    _settle_disputes(con)
    run(con, _RESIDENT_OF)
    run(con, _NEW_CROSSWALK, {"now": now})
    run(con, _ENDED, {"now": now})
    run(con, _EVENTS, {"now": now})
    counts = {
        str(event): int(n) for event, n in run(con, "select event, count(*) from event group by 1")
    }
    # History and events first: what a killed run told and did not do is taken back.
    _append(con, lake, CROSSWALK_HISTORY.name, "ended")
    _append(con, lake, LINEAGE.name, "event")
    write_difference(
        con, lake, CROSSWALK, "crosswalk_now", within="crosswalk_before" if part else None
    )
    return counts


def _append(con: duckdb.DuckDBPyConnection, lake: Lake, name: str, relation: str) -> None:
    table = {t.name: t for t in (CROSSWALK_HISTORY, LINEAGE)}[name]
    columns = ", ".join(column.name for column in table.columns)
    some = run(con, f"select count(*) from {relation}")[0][0]
    rows = stream(con, f"select {columns} from {relation}") if some else None
    announce(lake.table("identity", name), rows, of=lake.table("identity", CROSSWALK.name))


def _settle_disputes(con: duckdb.DuckDBPyConnection) -> None:
    """Add to ``taken`` the disputed ids, best first; they are few."""
    disputed = con.sql(_DISPUTED).to_arrow_table()
    clusters = disputed.column(0).to_numpy().astype(np.int64)
    ids = disputed.column(1).to_pylist()
    chosen = (
        best_first(clusters, np.unique(np.array(ids, dtype=object), return_inverse=True)[1])
        if ids
        else []
    )
    table = pa.table(
        {
            "cluster": pa.array([int(clusters[i]) for i in chosen], pa.int64()),
            "resident_id": pa.array([ids[i] for i in chosen], pa.string()),
        }
    )
    register(con, "settled", table)
    run(con, "insert into taken select cluster, resident_id from settled; drop table settled")


def best_first(left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]) -> list[int]:
    """Of pairs in order of preference, those whose two sides are both still free."""
    used_left, used_right, chosen = set(), set(), []
    for position, (a, b) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        if a not in used_left and b not in used_right:
            used_left.add(a)
            used_right.add(b)
            chosen.append(position)
    return chosen
