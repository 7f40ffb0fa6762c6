"""Stable ids for clusters: tonight's take over last night's ids, and every change is an event.

    cluster_of (mention -> cluster) x crosswalk -> id_of -> crosswalk_now, ended, event

The contract is that of residents (pipelines/identity/ledger.py): clusters and old ids that share
mentions are paired best first, by strong mentions, then mentions, then the smaller id; each id goes
to one cluster, what is left over gets a new random id, and a retired id is not revived. Nothing is
written here. Needs no secrets.
"""

from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from foundation.engine import literal, quote, register, run


@dataclass(frozen=True)
class IdNames:
    """crosswalk: the table of last night's beliefs. column: its id column. prefix: of new ids."""

    crosswalk: str
    column: str
    prefix: str


def keep_ids(con: duckdb.DuckDBPyConnection, names: IdNames, now: datetime) -> dict[str, int]:
    """Give every cluster of ``cluster_of`` (mention_id, cluster, is_strong, ...) its id.

    Makes ``crosswalk_now`` (cluster_of with the id and recorded_from), ``ended`` (old rows with
    recorded_to) and ``event`` (event_id, event, old_<id>, new_<id>, mentions, recorded_at);
    returns the counts of events.
    """
    old, column = names.crosswalk, quote(names.column)
    run(con, _OVERLAP.format(old=old, id=column))
    _pair(con)
    run(con, _ID_OF.format(id=column, prefix=literal(names.prefix)))
    run(con, _NOW.format(old=old, id=column), {"now": now})
    run(con, _ENDED.format(old=old, id=column), {"now": now})
    shown = {"o": quote(f"old_{names.column}"), "n": quote(f"new_{names.column}")}
    run(con, _EVENTS.format(old=old, id=column, **shown), {"now": now})
    return {
        str(event): int(n) for event, n in run(con, "select event, count(*) from event group by 1")
    }


_OVERLAP = """
create or replace temp table overlap as
select n.cluster, o.{id} as id, count(*) as mentions, count(*) filter (n.is_strong) as strong,
  min(n.mention_id) as speaker
from cluster_of n join {old} o using (mention_id) group by all;
create or replace temp table taken as
select cluster, id from overlap
qualify count(*) over (partition by cluster) = 1 and count(*) over (partition by id) = 1
"""
_DISPUTED = """
select cluster, id from overlap anti join taken using (cluster)
order by strong desc, mentions desc, id, speaker
"""
_ID_OF = """
create or replace temp table id_of as
select cluster, t.id is null as is_new,
  coalesce(t.id, {prefix} || upper(left(replace(uuid()::varchar, '-', ''), 20))) as {id}
from (select distinct cluster from cluster_of) left join taken t using (cluster)
"""
_NOW = """
create or replace temp table crosswalk_now as
select c.*, i.{id},
  case when o.{id} = i.{id} then o.recorded_from else $now::timestamptz end as recorded_from
from cluster_of c join id_of i using (cluster) left join {old} o using (mention_id)
"""
_ENDED = """
create or replace temp table ended as
select o.*, $now::timestamptz as recorded_to
from {old} o left join crosswalk_now n using (mention_id) where n.{id} is distinct from o.{id}
"""
_EVENTS = """
create or replace temp table event as
with moved as (
  select o.{id} as old_id, n.{id} as new_id, count(*) as mentions
  from {old} o join crosswalk_now n using (mention_id) where n.{id} <> o.{id} group by all
),
alive as (select distinct {id} as id from crosswalk_now),
before as (select distinct {id} as id from {old}),
fresh as (select {id} as id from id_of where is_new),
told as (
  select case when a.id is null then 'merge' when f.id is not null then 'split' else 'move' end
      as event, old_id, new_id, mentions
  from moved left join alive a on a.id = old_id left join fresh f on f.id = new_id
  union all
  select 'new', null, f.id, 0 from fresh f anti join moved on new_id = f.id
  union all
  select 'retire', b.id, null, 0 from before b anti join alive using (id)
    anti join moved on old_id = b.id
)
select uuid()::varchar as event_id, event, old_id as {o}, new_id as {n},
  mentions::bigint as mentions, $now::timestamptz as recorded_at
from told
"""


def _pair(con: duckdb.DuckDBPyConnection) -> None:
    """Add the disputed ids to ``taken``, best first; they are few."""
    clusters, ids, chosen = set(), set(), []
    for cluster, one in run(con, _DISPUTED):
        if cluster not in clusters and one not in ids:
            clusters.add(cluster)
            ids.add(one)
            chosen.append((cluster, one))
    table = pa.table(
        {
            "cluster": pa.array([cluster for cluster, _ in chosen], pa.int64()),
            "id": pa.array([one for _, one in chosen], pa.string()),
        }
    )
    register(con, "settled_ids", table)
    run(con, "insert into taken select cluster, id from settled_ids; drop table settled_ids")
