"""Who is who, in one call: from the conformed feeds to the crosswalk.

    conformed.* -> update_mentions -> identity.mention
    identity.mention (+ address_match, decision) -> resolve -> crosswalk, edge, conflict, lineage,
    review_task

The model is trained once and read from <home>/identity after that. A full recomputation that
writes only what
differs: the result is a function of the mentions, the decisions, the addresses and the model's
version, so any
sequence of nights ends where a rebuild does. No secrets. Alone: ``resolve(Hub.open(Home.find()))``.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb

from foundation.clock import utc_now
from foundation.engine import run
from pipelines.hub import Hub
from pipelines.identity import candidates, ledger, training
from pipelines.identity.mentions import attach_conformed, build_mentions, find_touched_rows
from pipelines.identity.model import RESIDENTS, LinkModel
from pipelines.identity.nodes import block_pairs, build_evidence, describe_nodes
from pipelines.identity.scoring import Parameters, score_pairs
from pipelines.identity.state import (
    attach_identity,
    fingerprint,
    last_state,
    record_state,
    write_difference,
)
from pipelines.identity.strong import tie_mentions
from schemas.identity import CONFLICT, EDGE, MENTION, REVIEW_TASK, TERM


@dataclass(frozen=True)
class IdentityReport:
    """What a resolution found, in counts; ``seconds`` by stage. ``unchanged``: nothing was done
    or written."""

    mentions: int = 0
    residents: int = 0
    edges: int = 0
    joined: int = 0
    new: int = 0
    merges: int = 0
    splits: int = 0
    moves: int = 0
    retired: int = 0
    review_tasks: int = 0
    conflicts: int = 0
    model_version: str = ""
    unchanged: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for ``--json`` and metadata."""
        return asdict(self)


class _Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = perf_counter()

    def lap(self, stage: str) -> None:
        now = perf_counter()
        self.seconds[stage] = round(self.seconds.get(stage, 0.0) + now - self._since, 2)
        self._since = now


# Up to this share of changed rows only they are read again.
_FEW = 0.2
_ROW = "department, feed, record_key"


def update_mentions(hub: Hub) -> int:
    """Bring ``identity.mention`` up to the conformed feeds; returns the mentions that changed or
    went.

    places.py reads the table, so it is a step of its own; ``resolve`` calls it as well.
    """
    con = hub.connect()
    try:
        attach_conformed(con, hub.lake)
        attach_identity(con, hub.lake, MENTION.name)
        touched, every = find_touched_rows(con)
        if not touched:
            return 0
        few = touched < _FEW * every
        build_mentions(con, only_touched=few)
        within = "(select * from identity.mention semi join touched using (" + _ROW + "))"
        put, gone = write_difference(
            con,
            hub.lake,
            MENTION,
            "mention",
            "content_hash || ' ' || row_hash",
            within if few else None,
        )
        return put + gone
    finally:
        con.close()


def resolve(hub: Hub, model: LinkModel = RESIDENTS) -> IdentityReport:
    """Resolve all mentions to residents. With the same mentions, addresses, decisions and model
    as last time
    nothing is computed or written, and the last report comes back as ``unchanged``.

    Raises LakeError if the lake cannot be read or written; what was written before stays
    consistent, since a
    run counts as done only when its last row is written.
    """
    clock = _Clock()
    update_mentions(hub)
    clock.lap("mentions")
    con = hub.connect()
    try:
        inputs = _inputs(con, hub, model)
        before, report = last_state(con, hub.lake, "resolve")
        if before == inputs:
            return IdentityReport(**{**report, "unchanged": True, "seconds": clock.seconds})
        return _resolve(con, hub, model, clock)
    finally:
        con.close()


def retrain(hub: Hub, model: LinkModel = RESIDENTS) -> str:
    """Learn the weights anew from today's mentions; the next ``resolve`` uses them. Returns the
    version.

    Older versions stay beside it as files.
    """
    update_mentions(hub)
    con = hub.connect()
    try:
        _tie(con, hub)
        return trained(con, hub, model, anew=True).version
    finally:
        con.close()


def _inputs(con: duckdb.DuckDBPyConnection, hub: Hub, model: LinkModel) -> dict[str, Any]:
    attach_identity(con, hub.lake, "mention", "decision")
    candidates.attach_addresses(con, hub.lake)
    parameters = training.load(model_folder(hub), model)
    return {
        "mention": fingerprint(con, "identity.mention", "mention_id, content_hash"),
        "decision": fingerprint(con, "identity.decision"),
        "address_match": fingerprint(
            con, "identity.address_match", "feed, record_key, slot, dwelling_id, level"
        ),
        "model": parameters.version if parameters else None,
    }


def model_folder(hub: Hub) -> Path:
    """Where trained parameters are kept."""
    return hub.home.path / "identity"


def _resolve(
    con: duckdb.DuckDBPyConnection, hub: Hub, model: LinkModel, clock: _Clock
) -> IdentityReport:
    now = utc_now()
    _tie(con, hub)
    clock.lap("strong identifiers")
    parameters = trained(con, hub, model)
    clock.lap("model")
    build_evidence(con, hub.lake, model)
    clock.lap("evidence")
    block_pairs(con, model)
    describe_nodes(con)
    clock.lap("candidates")
    score_pairs(con, model, parameters)
    clock.lap("scores")
    candidates.join_nodes(con, model)
    clock.lap("clusters")
    return _write(con, hub, model, parameters, clock, now)


def _tie(con: duckdb.DuckDBPyConnection, hub: Hub) -> None:
    """``mention`` from the lake, its rows numbered, and what strong identifiers make of it."""
    attach_identity(con, hub.lake, MENTION.name)
    run(
        con,
        "create or replace temp table mention_row as select * from identity.mention;"
        "create or replace temp view mention as select rowid as m, * from mention_row",
    )
    tie_mentions(con)


def trained(
    con: duckdb.DuckDBPyConnection, hub: Hub, model: LinkModel, anew: bool = False
) -> Parameters:
    """The stored parameters and terms, or those learned now from ``mention`` and ``node_of``.

    Makes ``name_term`` and ``birth_term``.
    """
    attach_identity(con, hub.lake, TERM.name)
    parameters = None if anew else training.load(model_folder(hub), model)
    # Priors alone are no model to keep: as soon as there is enough to learn from, it is learned.
    if parameters is not None and parameters.facts["learned"]:
        count = "select count(*) from identity.term where model_version = ?"
        if run(con, count, [parameters.version])[0][0]:
            training.load_terms(con, parameters.version)
            return parameters
    build_evidence(con, hub.lake, model)
    parameters = training.save(training.train(con, model), model_folder(hub))
    training.save_terms(con, hub.lake, parameters.version)
    return parameters


def _write(
    con: duckdb.DuckDBPyConnection,
    hub: Hub,
    model: LinkModel,
    parameters: Parameters,
    clock: _Clock,
    now: datetime,
) -> IdentityReport:
    candidates.describe_outcome(con, model)
    for table in (EDGE, CONFLICT, REVIEW_TASK):
        write_difference(con, hub.lake, table, f"{table.name}_now")
    clock.lap("edges and tasks")
    events = ledger.keep_ids(con, hub.lake, now)
    clock.lap("ids")
    report = IdentityReport(
        mentions=_count(con, "cluster_of"),
        residents=_count(con, "resident_of"),
        edges=_count(con, "edge_now"),
        joined=_count(con, "edge_now where outcome = 'joined'"),
        new=events.get("new", 0),
        merges=events.get("merge", 0),
        splits=events.get("split", 0),
        moves=events.get("move", 0),
        retired=events.get("retire", 0),
        review_tasks=_count(con, "review_task_now"),
        conflicts=_count(con, "conflict_now"),
        model_version=parameters.version,
        seconds=clock.seconds,
    )
    # The model may have been trained in this run, so its version is read again.
    record_state(con, hub.lake, "resolve", _inputs(con, hub, model), report.to_dict())
    return report


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    return int(run(con, f"select count(*) from {relation}")[0][0])
