"""What stewards ask and decide: open tasks, why two mentions are one person, same and not the same.

    identity.review_task -> review_tasks, decide -> identity.decision -> next resolution
    identity.crosswalk + edge + conflict -> why

A decision is never deleted: withdrawing stamps it. Its author is a name or login, kept in the
lake only.
Writers hold the home's lock. No secrets. Alone: ``review_tasks(Hub.open(Home.find()))``.
"""

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa

from foundation.clock import utc_now
from foundation.engine import run
from foundation.errors import ConfigError
from pipelines.hub import Hub
from pipelines.identity import training
from pipelines.identity.model import RESIDENTS, LinkModel
from pipelines.identity.run import model_folder
from pipelines.identity.scoring import Parameters
from pipelines.identity.state import attach_identity
from schemas.derive import table_schema
from schemas.identity import DECISION

VERDICTS = ("same", "not_same")


@dataclass(frozen=True)
class Step:
    """One step from a mention to the next: ``how`` is the method, ``evidence`` level by level
    with bits."""

    left: int
    right: int
    how: str
    weight: float | None
    evidence: tuple[tuple[str, float | None], ...]


@dataclass(frozen=True)
class Why:
    """Whether two mentions are one resident and the links between them; without a path, what
    stands between."""

    left: int
    right: int
    is_same: bool
    path: tuple[Step, ...]
    against: tuple[Step, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for ``--json``."""
        return asdict(self)


def mention_id(hub: Hub, reference: str) -> int:
    """The number of a mention written as a number or as ``department.feed|record_key|slot``.

    Raises ConfigError if the hub knows no such mention.
    """
    con = hub.connect()
    try:
        attach_identity(con, hub.lake, "mention")
        values: list[Any]
        if reference.isdigit():
            sql, values = "mention_id = ?", [int(reference)]
        else:
            feed, _, rest = reference.partition("|")
            key, _, slot = rest.rpartition("|")
            sql = "department || '.' || feed = ? and record_key = ? and slot = ?"
            values = [feed, key, slot]
        found = run(con, f"select mention_id from identity.mention where {sql}", values)
    finally:
        con.close()
    if not found:
        raise ConfigError(
            "mention",
            "the hub knows no such mention",
            "nothing was done",
            "write it as department.feed|record key|slot, or as its mention_id",
        )
    return int(found[0][0])


def review_tasks(hub: Hub, limit: int = 50, task_id: str | None = None) -> list[dict[str, Any]]:
    """Open tasks, those that most mentions depend on first; or the one of that id."""
    con = hub.connect()
    try:
        attach_identity(con, hub.lake, "review_task")
        sql = (
            "select * from identity.review_task where $task is null or task_id::varchar = $task"
            " order by mentions desc, weight desc nulls last, task_id limit $most"
        )
        values = {"task": task_id, "most": limit}
        rows: list[dict[str, Any]] = con.sql(sql, params=values).to_arrow_table().to_pylist()
        return rows
    finally:
        con.close()


def decide(hub: Hub, left: int, right: int, verdict: str, by: str, reason: str) -> str:
    """Record that two mentions are the ``same`` person or ``not_same``; returns the decision's id.

    It takes effect at the next resolution. A later decision about the pair outranks it.
    """
    if verdict not in VERDICTS or left == right:
        raise ConfigError(
            "decision",
            "a decision is about two different mentions and says same or not_same",
            "nothing was recorded",
            "name two mentions and one of the two verdicts",
        )
    _known(hub, left, right)
    row = {
        "decision_id": f"D{uuid4().hex[:20].upper()}",
        "left_mention_id": min(left, right),
        "right_mention_id": max(left, right),
        "verdict": verdict,
        "decided_by": by,
        "decided_at": utc_now(),
        "reason": reason,
        "withdrawn_at": None,
        "withdrawn_by": None,
    }
    hub.lake.table("identity", DECISION.name).merge(
        pa.Table.from_pylist([row], schema=table_schema(DECISION)), key="decision_id"
    )
    return str(row["decision_id"])


def withdraw(hub: Hub, decision_id: str, by: str) -> None:
    """Withdraw a decision; it stays on record. Raises ConfigError if there is no such open
    decision."""
    con = hub.connect()
    try:
        attach_identity(con, hub.lake, DECISION.name)
        sql = "select * from identity.decision where decision_id = ? and withdrawn_at is null"
        rows = con.sql(sql, params=[decision_id]).to_arrow_table().to_pylist()
    finally:
        con.close()
    if not rows:
        raise ConfigError(
            "decision",
            "there is no such open decision",
            "nothing was changed",
            "see its id in identity.decision",
        )
    row = {**rows[0], "withdrawn_at": utc_now(), "withdrawn_by": by}
    hub.lake.table("identity", DECISION.name).merge(
        pa.Table.from_pylist([row], schema=table_schema(DECISION)), key="decision_id"
    )


def why(hub: Hub, left: int, right: int, model: LinkModel = RESIDENTS) -> Why:
    """How two mentions hang together, or what stands between them. Links show their levels with
    their bits.

    Raises ConfigError if one of them is not in the crosswalk.
    """
    con = hub.connect()
    try:
        attach_identity(con, hub.lake, "crosswalk", "edge", "conflict", DECISION.name)
        known = _crosswalk(con, left, right)
        parameters = training.load(model_folder(hub), model)
        is_same = known[left][0] == known[right][0]
        steps = _steps(con, {known[left][0], known[right][0]}, model, parameters)
        path = _path(steps, left, right) if is_same else ()
        return Why(
            left,
            right,
            is_same,
            path,
            () if is_same else _against(con, known, left, right, model, parameters),
        )
    finally:
        con.close()


def _known(hub: Hub, left: int, right: int) -> None:
    con = hub.connect()
    try:
        attach_identity(con, hub.lake, "crosswalk")
        _crosswalk(con, left, right)
    finally:
        con.close()


def _crosswalk(con: duckdb.DuckDBPyConnection, left: int, right: int) -> dict[int, tuple[str, int]]:
    """resident_id and speaker of both mentions."""
    rows = run(
        con,
        "select mention_id, resident_id, speaker_mention_id from identity.crosswalk"
        " where mention_id in (?, ?)",
        [left, right],
    )
    if len(rows) < len({left, right}):
        raise ConfigError(
            "mention",
            "one of the two mentions is not in the crosswalk",
            "nothing was done",
            "check the reference; a new record is known after the next sync",
        )
    return {int(row[0]): (str(row[1]), int(row[2])) for row in rows}


def _steps(
    con: duckdb.DuckDBPyConnection,
    residents: set[str],
    model: LinkModel,
    parameters: Parameters | None,
) -> list[Step]:
    """Every tie and joined link among the mentions of these residents."""
    members = (
        "select mention_id, speaker_mention_id, method from identity.crosswalk"
        " where list_contains(?, resident_id)"
    )
    rows = run(con, members, [sorted(residents)])
    ties = [
        Step(
            int(speaker),
            int(mention),
            "tied" if method in ("link", "decision", "single") else str(method),
            None,
            (),
        )
        for mention, speaker, method in rows
        if mention != speaker
    ]
    ids = sorted({int(row[0]) for row in rows})
    linked = run(
        con,
        "select left_mention_id, right_mention_id, outcome, weight, levels from identity.edge"
        " where outcome in ('joined', 'same_already') and list_contains(?, left_mention_id)"
        " and list_contains(?, right_mention_id)",
        [ids, ids],
    )
    decided = run(
        con,
        "select left_mention_id, right_mention_id from identity.decision where verdict = 'same'"
        " and withdrawn_at is null and list_contains(?, left_mention_id)",
        [ids],
    )
    return [
        *ties,
        *(Step(int(a), int(b), "decision", None, ()) for a, b in decided),
        *(
            Step(int(a), int(b), "link", float(w), _evidence(levels, model, parameters))
            for a, b, _, w, levels in linked
        ),
    ]


def _path(steps: list[Step], left: int, right: int) -> tuple[Step, ...]:
    """The fewest steps from one mention to the other; among equals those listed first."""
    around: dict[int, list[tuple[int, Step]]] = {}
    for step in steps:
        around.setdefault(step.left, []).append((step.right, step))
        around.setdefault(step.right, []).append((step.left, step))
    came: dict[int, tuple[int, Step]] = {}
    queue, seen = deque([left]), {left}
    while queue:
        here = queue.popleft()
        for there, step in around.get(here, []):
            if there not in seen:
                seen.add(there)
                came[there] = (here, step)
                queue.append(there)
    path: list[Step] = []
    here = right
    while here in came:
        here, step = came[here]
        path.append(step)
    return tuple(reversed(path))


def _against(
    con: duckdb.DuckDBPyConnection,
    known: dict[int, tuple[str, int]],
    left: int,
    right: int,
    model: LinkModel,
    parameters: Parameters | None,
) -> tuple[Step, ...]:
    """Weak or refused links between two residents, conflicts of their numbers, decisions that
    part them."""
    sides = [
        [
            int(row[0])
            for row in run(
                con,
                "select mention_id from identity.crosswalk where resident_id = ?",
                [known[one][0]],
            )
        ]
        for one in (left, right)
    ]
    across = (
        "((list_contains($1, {0}) and list_contains($2, {1}))"
        " or (list_contains($2, {0}) and list_contains($1, {1})))"
    )
    pair = across.format("left_mention_id", "right_mention_id")
    links = run(
        con,
        "select left_mention_id, right_mention_id, concat_ws(': ', outcome, reason), weight, levels"
        f" from identity.edge where {pair} order by weight desc",
        sides,
    )
    parted = run(
        con,
        "select left_mention_id, right_mention_id from identity.decision"
        f" where verdict = 'not_same' and withdrawn_at is null and {pair}",
        sides,
    )
    disputed = run(
        con,
        "select holder_mention_id, other_mention_id, reading from identity.conflict where "
        + across.format("holder_mention_id", "other_mention_id"),
        sides,
    )
    return (
        *(Step(int(a), int(b), "decision: not_same", None, ()) for a, b in parted),
        *(Step(int(a), int(b), f"conflict: {reading}", None, ()) for a, b, reading in disputed),
        *(
            Step(int(a), int(b), str(how), float(w), _evidence(levels, model, parameters))
            for a, b, how, w, levels in links
        ),
    )


def _evidence(
    levels: str, model: LinkModel, parameters: Parameters | None
) -> tuple[tuple[str, float | None], ...]:
    """``name=same`` with its bits against a stranger; a common name counts less than these
    average bits."""
    compared = {c.name: c for c in model.comparisons}
    found = []
    for part in levels.split():
        name, _, level = part.partition("=")
        bits = parameters.bits(compared[name], level) if parameters and name in compared else None
        found.append((part, None if bits is None else round(bits, 2)))
    return tuple(found)
