"""From scored pairs to clusters: which links a night puts in doubt, and how they are settled.

    scored, anchor -> edge_new ─┬─ whole county: edge_open = edge_new
      identity.edge, node ──────┘  a night: the clusters that a changed link touches
    edge_open + node_fact + decisions + conflicts -> clusters.cluster -> edge_now, cluster_of

Nodes go by their speakers here, the smallest mention number in them, so that stored links and new
ones are of one kind. No secrets.
"""

import duckdb
import numpy as np
import pyarrow as pa

from foundation.engine import register, run
from pipelines.identity.arrays import Ints, distinct, is_among
from pipelines.identity.clusters import (
    OUTCOMES,
    REASONS,
    UNKNOWN,
    Clusters,
    Links,
    Nodes,
    cluster,
)
from pipelines.identity.model import LinkModel
from pipelines.identity.strong import components

_NODE_NEW = """
create or replace temp table node_new as
select speaker as speaker_mention_id, mentions, has_number, has_person_no, sex, firm_birth,
  case when has_number then name end as name, birth
from anchor {chosen}
"""
_EDGE_NEW = """
create or replace temp table edge_new as
select least(a.speaker, b.speaker) as l, greatest(a.speaker, b.speaker) as r, k.weight as score,
  round(k.stranger_weight, 6) as stranger_weight, round(k.relative_weight, 6) as relative_weight,
  {levels} as levels
from scored k join anchor a on a.node = k.l join anchor b on b.node = k.r
"""
# A mention's place in its node, and whether its own number or register id put it there.
_TIED = """
create or replace temp table tied_new as
select e.mention_id, e.department, e.feed, e.record_key, e.slot, n.method as tie,
  o.m is not null or e.person_no is not null as is_strong, a.speaker as speaker_mention_id
from evidence e join node_of n on n.m = e.m join anchor a on a.node = e.node
left join owner o on o.m = e.m
{chosen}
"""


def describe_links(con: duckdb.DuckDBPyConnection, model: LinkModel, part: bool) -> None:
    """Make ``node_new``, ``edge_new`` and ``tied_new`` of what was scored.

    part: of a night, which has resolved ``moved`` and ``core`` in the middle of others.
    """
    chosen = "semi join moved using (mention_id)"
    speakers = f"where node in (select node from evidence {chosen})"
    run(con, _NODE_NEW.format(chosen=speakers if part else ""))
    run(con, _EDGE_NEW.format(levels=_levels(model)))
    run(con, _TIED.format(chosen=chosen if part else ""))


# All of them is the scope of a first resolution.
_WHOLE = """
create or replace temp view edge_open as from edge_new;
create or replace temp view node_fact as from node_new;
create or replace temp view tied as from tied_new;
create or replace temp table edge_gone as select l, r from edge_new where false
"""

_AFTER = """
create or replace temp table speaker_before as
select distinct node as speaker from core
union select mention_id from identity.touched;
create or replace temp table edge_before as
select left_mention_id as l, right_mention_id as r, score, stranger_weight, relative_weight, levels
from identity.edge
where left_mention_id in (from speaker_before) or right_mention_id in (from speaker_before);
create or replace temp table edge_gone as
select l, r from edge_before anti join edge_new using (l, r);
create or replace temp view edge_after as
select left_mention_id as l, right_mention_id as r, score, stranger_weight, relative_weight, levels
from identity.edge anti join (select l as left_mention_id, r as right_mention_id from edge_before)
  using (left_mention_id, right_mention_id)
union all from edge_new;
create or replace temp table moved_before as
select distinct node as speaker_mention_id from moved
union select mention_id from identity.touched;
create or replace temp view node_after as
select speaker_mention_id, mentions, has_number, has_person_no, sex, firm_birth, name, birth
from identity.node anti join moved_before using (speaker_mention_id)
union all from node_new;
create or replace temp table doubtful as
select speaker_mention_id as speaker from node_new
union select unnest([l, r]) from edge_gone
union select unnest([l, r]) from edge_new anti join edge_before using (l, r, score, levels)
"""
# Links beside the clusters in scope belong to it, but for those that a node outside weighs among
# rivals that are not here: these stand as they are.
_OPEN = """
create or replace temp table edge_open as
select e.* from edge_after e
left join node_after x on x.speaker_mention_id = l left join node_after y
  on y.speaker_mention_id = r
where (l in (from scope) or r in (from scope))
  and (x.has_number = y.has_number
    or case when x.has_number then r else l end in (from scope));
create or replace temp table node_fact as
select * from node_after semi join (
  select speaker as speaker_mention_id from scope
  union select l from edge_open union select r from edge_open) using (speaker_mention_id);
create or replace temp table tied as
select mention_id, department, feed, record_key, slot, tie, is_strong, speaker_mention_id
from tied_new
union all
select mention_id, department, feed, record_key, slot, tie, is_strong, speaker_mention_id
from identity.crosswalk
semi join (select speaker as speaker_mention_id from scope) using (speaker_mention_id)
anti join moved using (mention_id)
anti join identity.touched using (mention_id)
"""


def open_all(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``edge_open``, ``node_fact`` and ``tied`` of the whole county."""
    run(con, _WHOLE)


def open_touched(con: duckdb.DuckDBPyConnection, model: LinkModel, decided: bool) -> None:
    """Make them of the clusters that a changed node or link touches; ``scope`` names their nodes.

    decided: stewards have decided or withdrawn something since. Needs name_told.
    """
    run(con, _AFTER)
    if decided:
        run(con, "insert into doubtful select unnest([l, r]) from decided_pair")
    joined = con.sql(
        f"select l, r from edge_after where score >= {model.join_weight}"
        " union all select l, r from decided_pair where verdict = 'same'"
    ).to_arrow_table()
    doubtful = _ints(con, "select speaker from doubtful")
    register(con, "scope", pa.table({"speaker": _reached(joined, doubtful)}))
    run(con, _OPEN)


def _reached(joined: pa.Table, start: Ints) -> Ints:
    """The nodes of the components that hold a node of ``start``."""
    left, right = (joined.column(i).to_numpy().astype(np.int64) for i in (0, 1))
    nodes = distinct(np.concatenate([left, right, start]))
    labels = components(len(nodes), np.searchsorted(nodes, left), np.searchsorted(nodes, right))
    is_reached = np.zeros(len(nodes), dtype=bool)
    is_reached[labels[np.searchsorted(nodes, start)]] = True
    return np.asarray(nodes[is_reached[labels]], dtype=np.int64)


# Pairs that stewards or contradicting numbers bring together or keep apart, by speakers; the last
# decision about a pair counts, and one about a mention that is gone does not.
_SPEAKERS_BEFORE = """
union all
select mention_id, speaker_mention_id from identity.crosswalk
semi join (
  select unnest([left_mention_id, right_mention_id]) as mention_id from identity.decision
  union all select unnest([holder_mention_id, other_mention_id]) from identity.conflict)
  using (mention_id)
anti join tied_new using (mention_id) anti join identity.touched using (mention_id)
"""
_TOLD = """
create or replace temp table speaker_of as
select mention_id, speaker_mention_id as speaker from tied_new
{before};
create or replace temp table decided_pair as
select a.speaker as l, b.speaker as r, case when d.withdrawn_at is null then d.verdict end as
  verdict
from identity.decision d
join speaker_of a on a.mention_id = d.left_mention_id
join speaker_of b on b.mention_id = d.right_mention_id
qualify verdict is null or row_number() over (
  partition by d.left_mention_id, d.right_mention_id, d.withdrawn_at is null
  order by d.decided_at desc) = 1;
create or replace temp view pair_told as
select l, r, verdict from decided_pair where verdict is not null
union all
select a.speaker, b.speaker, 'contradicted' from identity.conflict c
join speaker_of a on a.mention_id = c.holder_mention_id
join speaker_of b on b.mention_id = c.other_mention_id
"""


def name_told(con: duckdb.DuckDBPyConnection, part: bool) -> None:
    """Make ``pair_told`` (l, r, verdict: same, not_same, contradicted), of what stands, and
    ``decided_pair``, which has the withdrawn decisions too, without a verdict."""
    run(con, _TOLD.format(before=_SPEAKERS_BEFORE if part else ""))


def settle(con: duckdb.DuckDBPyConnection, model: LinkModel) -> None:
    """Cluster ``node_fact`` by ``edge_open``; makes ``edge_now`` and ``cluster_of``."""
    speakers, nodes = _nodes(con)
    links = con.sql("select l, r, score from edge_open order by l, r").fetchnumpy()
    left, right = (np.searchsorted(speakers, links[side].astype(np.int64)) for side in "lr")
    found = Links(left, right, links["score"].astype(np.float64))
    same, apart = _told(con, speakers)
    clusters = cluster(nodes, found, model.join_weight, same, apart)
    register(con, "node_cluster", _node_clusters(speakers, clusters, same))
    register(con, "settled", _outcomes(speakers, found, clusters))
    run(con, _EDGE_NOW)
    run(con, _CLUSTER_OF)


_NODE_FACTS = """
select speaker_mention_id as speaker, has_number, has_person_no,
  coalesce(try_cast(sex as integer), 0) as sex, firm_birth - date '1970-01-01' as birth
from node_fact order by speaker
"""


def _nodes(con: duckdb.DuckDBPyConnection) -> tuple[Ints, Nodes]:
    facts = con.sql(_NODE_FACTS).to_arrow_table()
    column = {name: facts.column(name) for name in facts.column_names}
    birth = column["birth"].cast(pa.int64()).fill_null(UNKNOWN)
    speakers = column["speaker"].to_numpy().astype(np.int64)
    return speakers, Nodes(
        speaker=speakers,
        has_number=column["has_number"].to_numpy().astype(bool),
        has_person_no=column["has_person_no"].to_numpy().astype(bool),
        sex=column["sex"].to_numpy().astype(np.int64),
        birth=birth.to_numpy().astype(np.int64),
    )


def _told(con: duckdb.DuckDBPyConnection, speakers: Ints) -> tuple[Links, Links]:
    """Pairs to join and pairs to keep apart, both ends of which are here."""
    told = con.sql("select l, r, verdict = 'same' as is_same from pair_told").to_arrow_table()
    left, right = (told.column(i).to_numpy().astype(np.int64) for i in (0, 1))
    is_same = told.column(2).to_numpy().astype(bool)
    here = is_among(left, speakers) & is_among(right, speakers)
    ends = (np.searchsorted(speakers, side) for side in (left, right))
    left, right = ends
    return (
        _unweighted(left[here & is_same], right[here & is_same]),
        _unweighted(left[here & ~is_same], right[here & ~is_same]),
    )


def _unweighted(left: Ints, right: Ints) -> Links:
    return Links(left, right, np.zeros(len(left)))


def _node_clusters(speakers: Ints, found: Clusters, same: Links) -> pa.Table:
    decided = np.zeros(len(found.label), dtype=bool)
    decided[same.left] = True
    decided[same.right] = True
    return pa.table(
        {
            "speaker_mention_id": speakers,
            "cluster": speakers[found.label] if len(speakers) else speakers,
            "is_decided": decided,
        }
    )


def _outcomes(speakers: Ints, links: Links, found: Clusters) -> pa.Table:
    return pa.table(
        {
            "l": speakers[links.left],
            "r": speakers[links.right],
            "weight": np.round(found.weight, 6),
            "outcome": _named(found.outcome, OUTCOMES),
            "reason": _named(found.reason, REASONS),
        }
    )


def _named(codes: Ints, names: tuple[str, ...]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int8)), pa.array(names))


def _ints(con: duckdb.DuckDBPyConnection, sql: str) -> Ints:
    return np.asarray(con.sql(sql).fetchnumpy()["speaker"], dtype=np.int64)


_EDGE_NOW = """
create or replace temp table edge_now as
select l as left_mention_id, r as right_mention_id, s.weight, e.score, e.stranger_weight,
  e.relative_weight, e.levels, s.outcome, nullif(s.reason, '') as reason
from edge_open e join settled s using (l, r);
drop table settled
"""
# A mention's method is its own tie; in a node that only a link placed, it is that link.
_CLUSTER_OF = """
create or replace temp table cluster_of as
with placed as (
  select speaker_mention_id, max(weight) as weight from (
    select left_mention_id as speaker_mention_id, weight from edge_now where outcome = 'joined'
    union all select right_mention_id, weight from edge_now where outcome = 'joined')
  group by speaker_mention_id
)
select t.*, c.cluster,
  case when f.has_number or f.has_person_no then t.tie when c.is_decided then 'decision'
    when p.weight is not null then 'link' else t.tie end as method,
  case when not (f.has_number or f.has_person_no) and not c.is_decided then p.weight end as weight
from tied t join node_cluster c using (speaker_mention_id)
join node_fact f using (speaker_mention_id) left join placed p using (speaker_mention_id)
"""


def _levels(model: LinkModel) -> str:
    """SQL: ``name=same birth=same_day``; what could not be compared is left out."""
    parts = []
    for comparison in model.comparisons:
        cases = " ".join(
            f"when {comparison.gamma(level.name)} then '{comparison.name}={level.name}'"
            for level in comparison.all_levels
        )
        parts.append(f"case gamma_{comparison.name} {cases} end")
    return f"concat_ws(' ', {', '.join(parts)})"
