"""From scored links to clusters, and what is to be said about them: edges, tasks, conflicts.

    scored + anchor + decisions + contradictions -> clusters.cluster -> cluster_of, edge_now,
    review_task_now, conflict_now

No secrets.
"""

import duckdb
import numpy as np
import pyarrow as pa

from foundation.engine import attach, register, run
from foundation.lake import Lake
from pipelines.identity.clusters import (
    OUTCOMES,
    REASONS,
    UNKNOWN,
    Clusters,
    Ints,
    Links,
    Nodes,
    cluster,
)
from pipelines.identity.model import LinkModel
from pipelines.identity.nodes import ADDRESS_MATCH


def attach_addresses(con: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """The view ``identity.address_match``, empty before places.py has run."""
    attach(con, lake, ["identity.address_match"], {"identity.address_match": ADDRESS_MATCH})


# What a person has one of, for every node; the sex and the exact birth date of those that were
# scored suffice.
_NODE_FACTS = """
select a.node, a.speaker, a.has_number, a.has_person_no,
  coalesce(try_cast(n.sex as integer), 0) as sex,
  n.firm_birth - date '1970-01-01' as birth
from anchor a left join node n using (node) order by a.node
"""
_DECIDED = """
select l.node as l, r.node as r, d.verdict
from identity.decision d
join evidence l on l.mention_id = d.left_mention_id join evidence r on r.mention_id =
  d.right_mention_id
where d.withdrawn_at is null
qualify row_number() over (partition by d.left_mention_id, d.right_mention_id order by
  d.decided_at desc) = 1
"""
_CONTRADICTED = """
select l.node as l, r.node as r from contradiction c
join evidence l on l.mention_id = c.main_speaker join evidence r on r.mention_id = c.speaker
"""


def join_nodes(con: duckdb.DuckDBPyConnection, model: LinkModel) -> Clusters:
    """Cluster the nodes by ``scored``; makes ``node_cluster`` (node, cluster) and ``link``
    (scored and its outcome)."""
    nodes = _nodes(con)
    scored = con.sql("select l, r, weight from scored order by l, r").fetchnumpy()
    links = Links(
        scored["l"].astype(np.int64),
        scored["r"].astype(np.int64),
        scored["weight"].astype(np.float64),
    )
    same, apart = _decided(con)
    found = cluster(nodes, links, model.join_weight, same, apart)
    register(con, "node_cluster", _node_clusters(found, same))
    register(con, "settled", _outcomes(links, found))
    run(
        con,
        "create or replace temp table link as"
        " select s.* exclude (weight), o.weight, o.outcome, o.reason"
        " from scored s join settled o using (l, r); drop table settled",
    )
    return found


def _nodes(con: duckdb.DuckDBPyConnection) -> Nodes:
    facts = con.sql(_NODE_FACTS).to_arrow_table()
    column = {name: facts.column(name) for name in facts.column_names}
    birth = column["birth"].cast(pa.int64()).fill_null(UNKNOWN)
    return Nodes(
        speaker=column["speaker"].to_numpy().astype(np.int64),
        has_number=column["has_number"].to_numpy().astype(bool),
        has_person_no=column["has_person_no"].to_numpy().astype(bool),
        sex=column["sex"].to_numpy().astype(np.int64),
        birth=birth.to_numpy().astype(np.int64),
    )


def _decided(con: duckdb.DuckDBPyConnection) -> tuple[Links, Links]:
    """Stewards' pairs to join, and pairs to keep apart: theirs and those whose numbers
    contradict."""
    decided = con.sql(_DECIDED).to_arrow_table()
    left, right = (decided.column(i).to_numpy().astype(np.int64) for i in (0, 1))
    is_same = np.array([v == "same" for v in decided.column(2).to_pylist()], dtype=bool)
    other = con.sql(_CONTRADICTED).to_arrow_table()
    other_left, other_right = (other.column(i).to_numpy().astype(np.int64) for i in (0, 1))
    return (
        _unweighted(left[is_same], right[is_same]),
        _unweighted(
            np.concatenate([left[~is_same], other_left]),
            np.concatenate([right[~is_same], other_right]),
        ),
    )


def _unweighted(left: Ints, right: Ints) -> Links:
    return Links(left, right, np.zeros(len(left)))


def _node_clusters(found: Clusters, same: Links) -> pa.Table:
    decided = np.zeros(len(found.label), dtype=bool)
    decided[same.left] = True
    decided[same.right] = True
    return pa.table(
        {
            "node": np.arange(len(found.label), dtype=np.int64),
            "cluster": found.label,
            "is_decided": decided,
        }
    )


def _outcomes(links: Links, found: Clusters) -> pa.Table:
    return pa.table(
        {
            "l": links.left,
            "r": links.right,
            "weight": np.round(found.weight, 6),
            "outcome": pa.array(np.array(OUTCOMES)[found.outcome].tolist(), pa.string()),
            "reason": pa.array(np.array(REASONS)[found.reason].tolist(), pa.string()),
        }
    )


# A mention's method is its own tie; in a node that only a link placed, it is that link.
_CLUSTER_OF = """
create or replace temp table cluster_of as
with placed as (
  select node, max(weight) as weight from (
    select l as node, weight from link where outcome = 'joined'
    union all select r, weight from link where outcome = 'joined') group by node
)
select m.mention_id, m.department, m.feed, m.record_key, m.slot, c.cluster,
  o.m is not null or m.person_no is not null as is_strong,
  case when a.has_number or a.has_person_no then n.method
       when c.is_decided then 'decision' when p.node is not null then 'link' else n.method end as
         method,
  case when not (a.has_number or a.has_person_no) and not c.is_decided then p.weight end as weight,
  a.speaker as speaker_mention_id
from mention m join node_of n using (m) join node_cluster c using (node) join anchor a using (node)
left join owner o using (m) left join placed p using (node)
"""

_EDGE = """
create or replace temp table edge_now as
select least(a.speaker, b.speaker) as left_mention_id, greatest(a.speaker, b.speaker) as
  right_mention_id,
  k.weight, round(k.stranger_weight, 6) as stranger_weight, round(k.relative_weight, 6) as
    relative_weight,
  {levels} as levels, k.outcome, nullif(k.reason, '') as reason
from link k join anchor a on a.node = k.l join anchor b on b.node = k.r
"""

# One task a pair of clusters, its best link; a link that a better one made needless is no task.
_TASK = """
create or replace temp table review_task_now as
with size as (
  select cluster, sum(a.mentions)::bigint as mentions from node_cluster join anchor a using (node)
    group by cluster
),
open as (
  select e.left_mention_id, e.right_mention_id, e.weight, e.levels, x.mentions + y.mentions as
    mentions,
    coalesce(e.reason, 'doubtful') as reason, l.cluster as c1, r.cluster as c2
  from edge_now e
  join anchor a on a.speaker = e.left_mention_id join anchor b on b.speaker = e.right_mention_id
  join node_cluster l on l.node = a.node join node_cluster r on r.node = b.node
  join size x on x.cluster = l.cluster join size y on y.cluster = r.cluster
  where l.cluster <> r.cluster and e.reason is distinct from 'kept_apart'
    and (e.outcome = 'refused' or not (a.has_number and b.has_number))
  union all
  select * from two_numbers
),
best as (
  select * from open
  qualify row_number() over (partition by least(c1, c2), greatest(c1, c2)
    order by weight desc nulls last, left_mention_id, right_mention_id) = 1
)
select 'T' || upper(to_hex(hash(left_mention_id, right_mention_id))) as task_id,
  left_mention_id, right_mention_id, reason, weight, levels, mentions
from best b
anti join (select * from identity.decision where withdrawn_at is null) d
  on d.left_mention_id = b.left_mention_id and d.right_mention_id = b.right_mention_id
"""

# Two numbers, and yet one name, one birth date and one telephone or home: perhaps one person with
# two numbers.
_TWO_NUMBERS = """
create or replace temp table two_numbers as
with namesake as (
  select node, name, birth from anchor where has_number and name is not null and birth is not null
  qualify count(*) over (partition by name, birth) > 1
),
alike as (
  select a.node as l, b.node as r from namesake a join namesake b using (name, birth)
  where a.node < b.node
),
near as (select * from trait semi join namesake using (node) where kind <> 'faint')
select distinct least(a.speaker, b.speaker) as left_mention_id,
  greatest(a.speaker, b.speaker) as right_mention_id,
  null::double as weight, 'name=same birth=same_day place=shared' as levels,
  a.mentions + b.mentions as mentions, 'two_numbers' as reason, x.cluster as c1, y.cluster as c2
from alike k
join near s on s.node = k.l join near t on t.node = k.r and t.value = s.value
join anchor a on a.node = k.l join anchor b on b.node = k.r
join node_cluster x on x.node = k.l join node_cluster y on y.node = k.r
where x.cluster <> y.cluster
"""

_CONFLICT = """
create or replace temp table conflict_now as
select 'C' || upper(to_hex(hash(c.paper, c.main_speaker, c.speaker))) as conflict_id,
  case when c.is_document then 'document' else 'citizen' end as kind, c.paper as number,
  c.main_speaker as holder_mention_id, c.speaker as other_mention_id, c.reading, c.mentions,
  list_sort(list(distinct m.department)) as departments
from contradiction c
join evidence e on e.mention_id = c.speaker join evidence f on f.node = e.node join mention m on
  m.m = f.m
group by all
"""


def describe_outcome(con: duckdb.DuckDBPyConnection, model: LinkModel) -> None:
    """Make ``cluster_of``, ``edge_now``, ``review_task_now`` and ``conflict_now`` from what
    join_nodes found."""
    run(con, _CLUSTER_OF)
    run(con, _EDGE.format(levels=_levels(model)))
    run(con, _TWO_NUMBERS)
    run(con, _TASK)
    run(con, _CONFLICT)


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
