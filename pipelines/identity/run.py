"""Who is who, in one call: from the conformed feeds to the crosswalk.

    conformed.*, address_match -> update_mentions -> identity.mention, touched
    identity.mention, decision -> resolve -> node, edge, conflict, crosswalk,
    lineage, review_task

The first resolution is of the whole county; a night resolves what ``touched`` reaches (reach.py)
and ends where a rebuild does: a function of the mentions, the decisions, the addresses and the
model's version. No secrets. Alone: ``resolve(Hub.open(Home.find()))``.
"""

from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb

from foundation.clock import utc_now
from foundation.engine import run
from pipelines.difference import differs_sql
from pipelines.hub import Hub
from pipelines.identity import ledger, links, reach, tasks, training
from pipelines.identity.common import SAID, find_shared, load_common, save_common
from pipelines.identity.mentions import (
    attach_conformed,
    build_mentions,
    delivered_feeds,
    find_touched_rows,
    read_marks,
    take_touched,
)
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
from pipelines.identity.touched import count_touched, forget_touched, note_touched
from schemas.identity import CONFLICT, EDGE, MENTION, NODE, REVIEW_TASK, TERM

# Raised when the same mentions would be resolved otherwise: the whole county is then resolved anew.
VERSION = 4


@dataclass(frozen=True)
class IdentityReport:
    """What a resolution found, in counts; ``seconds`` by stage. ``touched``: mentions that had
    changed, ``judged``: those that were looked at for it. ``unchanged``: nothing was done or
    written."""

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
    touched: int = 0
    judged: int = 0
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
    """Bring ``identity.mention`` up to the conformed feeds and the matched addresses; returns the
    mentions that changed or went.

    Other steps read the table, so it is a step of its own; ``resolve`` calls it as well.
    """
    con = hub.connect()
    try:
        marks, (before, _) = read_marks(hub.lake), last_state(con, hub.lake, "mentions")
        if marks == before:
            return 0
        changed = _update_mentions(con, hub, before)
        record_state(con, hub.lake, "mentions", marks, {})
        return changed
    finally:
        con.close()


def _update_mentions(con: duckdb.DuckDBPyConnection, hub: Hub, marks: dict[str, str]) -> int:
    attach_conformed(con, hub.lake)
    touched, every = find_touched_rows(con, hub.lake, marks)
    if not touched:
        return 0
    attach_identity(con, hub.lake, "touched")
    few = touched < _FEW * every
    build_mentions(con, take_touched(con, hub.lake) if few else delivered_feeds(hub.lake))
    if few:  # read once: a look at them is one at the whole table
        run(con, _BEFORE)
    stored = "mention_before" if few else "identity.mention"
    put, gone = write_difference(
        con,
        hub.lake,
        MENTION,
        "mention",
        stored if few else None,
        before=lambda: _note(con, hub, every, stored),
    )
    return put + gone


_BEFORE = f"""
create or replace temp table mention_before as
select * from identity.mention semi join touched using ({_ROW})
"""


# What was said before is needed to find whom the change reaches; the rest is read as it is now.
_CHANGED = """(
  select mention_id, department, feed, record_key, slot, number, document_no, family_no, sound,
    phone
  from {stored} semi join put_or_gone using (mention_id)
  union all
  select mention_id, department, feed, record_key, slot, null, null, null, null, null
  from mention semi join put using (mention_id) anti join {stored} using (mention_id))
"""


def _note(con: duckdb.DuckDBPyConnection, hub: Hub, every: int, stored: str) -> None:
    """Tell the resolver which mentions change from those ``stored``; a row whose hash alone is new
    changes nothing."""
    differs = differs_sql(con, MENTION, stored, ["row_hash"])
    run(
        con,
        "create or replace temp table put_or_gone as select mention_id from gone union"
        " select mention_id from put anti join (select mention_id from mention n"
        f" semi join put using (mention_id) join {stored} o using (mention_id)"
        f" where not {differs}) using (mention_id)",
    )
    changed = _count(con, "put_or_gone")
    if changed:
        note_touched(con, hub.lake, _CHANGED.format(stored=stored), changed, every)


def resolve(hub: Hub, model: LinkModel = RESIDENTS, *, rebuild: bool = False) -> IdentityReport:
    """Resolve all mentions to residents. With the same mentions, addresses, decisions and model
    as last time nothing is computed or written, and the last report comes back as ``unchanged``.

    rebuild: look at the whole county although it was not touched. Raises LakeError if the lake
    cannot be read or written; what was written before stays consistent, since a run counts as done
    only when its last row is written.
    """
    update_mentions(hub)
    if not rebuild:
        with closing(hub.connect()) as con:
            run_now = _Resolution(con, hub, model)
            if run_now.is_current:
                return IdentityReport(**{**run_now.report, "unchanged": True, "seconds": {}})
            if report := run_now.part():
                return report
    with closing(hub.connect()) as con:  # a new one: what a part has read of the county goes
        return _Resolution(con, hub, model).whole()


def retrain(hub: Hub, model: LinkModel = RESIDENTS, keep: bool = True) -> Parameters:
    """Learn the weights anew from today's mentions; the next ``resolve`` uses them.

    Older versions stay beside it as files. Without ``keep`` nothing is written: what is returned
    shows what a retraining would come to.
    """
    update_mentions(hub)
    con = hub.connect()
    try:
        reach.take_county(con, hub.lake)
        load_common(con, hub.lake, None)
        find_shared(con, model, _SAID)
        tie_mentions(con)
        build_evidence(con)
        return trained(con, hub, model, anew=True) if keep else training.train(con, model)
    finally:
        con.close()


_SAID = f"select sound, {SAID} as said from mention"


def model_folder(hub: Hub) -> Path:
    """Where trained parameters are kept."""
    return hub.home.path / "identity"


def trained(
    con: duckdb.DuckDBPyConnection, hub: Hub, model: LinkModel, anew: bool = False
) -> Parameters:
    """The stored parameters and terms, or those learned now from ``evidence``.

    Makes ``name_term`` and ``birth_term``.
    """
    attach_identity(con, hub.lake, TERM.name)
    parameters = None if anew else stored(con, hub, model)
    if parameters is not None:
        training.load_terms(con, parameters.version)
        return parameters
    parameters = training.save(training.train(con, model), model_folder(hub))
    training.save_terms(con, hub.lake, parameters.version)
    return parameters


def stored(con: duckdb.DuckDBPyConnection, hub: Hub, model: LinkModel) -> Parameters | None:
    """The stored parameters, if their terms are stored too.

    Priors alone are no model to keep: as soon as there is enough to learn from, it is learned.
    """
    attach_identity(con, hub.lake, TERM.name)
    parameters = training.load(model_folder(hub), model)
    if parameters is None or not parameters.facts["learned"]:
        return None
    count = "select count(*) from identity.term where model_version = ?"
    return parameters if run(con, count, [parameters.version])[0][0] else None


class _Resolution:
    """One resolution: of the part that a night touched, or of the whole county."""

    def __init__(self, con: duckdb.DuckDBPyConnection, hub: Hub, model: LinkModel) -> None:
        self._con, self._hub, self._model = con, hub, model
        self._clock = _Clock()
        attach_identity(con, hub.lake, "decision", "conflict", "edge", "crosswalk", "node")
        self._touched, self._judged = count_touched(con, hub.lake), 0
        self._parameters = stored(con, hub, model)
        self._before, self.report = last_state(con, hub.lake, "resolve")

    @property
    def is_current(self) -> bool:
        """Whether nothing has changed since the last resolution."""
        return not self._touched and self._before == self._inputs()

    def part(self) -> IdentityReport | None:
        """Resolve what was touched; None where the whole county has to be."""
        inputs = self._inputs()
        same = {**self._before, "decision": inputs["decision"]} == inputs
        if not (same and self._parameters):
            return None
        training.load_terms(self._con, self._parameters.version)
        load_common(self._con, self._hub.lake, self._parameters.version)
        self._find_part()
        self._weigh(self._parameters, part=True)
        return self._write(part=True)

    def _find_part(self) -> None:
        con, model = self._con, self._model
        reach.begin(con, self._hub.lake, model)
        while True:
            reach.take_near(con, model)
            self._clock.lap("reach")
            tie_mentions(con)
            build_evidence(con)
            is_whole = reach.take_sharers(con, model)
            self._clock.lap("sharers")
            if not is_whole:
                continue
            tie_mentions(con)
            build_evidence(con)
            self._clock.lap("evidence")
            reach.name_core(con)
            block_pairs(con, model, core=True)
            describe_nodes(con)
            self._clock.lap("candidates")
            if not reach.widen(con, model):
                return

    def whole(self) -> IdentityReport:
        """Resolve the whole county; trains the model if there is none."""
        con, model, lake = self._con, self._model, self._hub.lake
        version = self._parameters.version if self._parameters else None
        reach.take_county(con, lake)
        load_common(con, lake, version)
        find_shared(con, model, _SAID)
        tie_mentions(con)
        self._clock.lap("strong identifiers")
        build_evidence(con)
        reach.leave_county(con)
        self._clock.lap("evidence")
        self._parameters = trained(con, self._hub, model)
        self._clock.lap("model")
        block_pairs(con, model)
        describe_nodes(con)
        self._clock.lap("candidates")
        self._weigh(self._parameters, part=False)
        report = self._write(part=False)
        assert report is not None, "a whole resolution leaves nobody out"
        return report

    def _weigh(self, parameters: Parameters, part: bool) -> None:
        """From pairs to links; what was known of the nodes goes, to make room for the clusters."""
        con = self._con
        score_pairs(con, self._model, parameters)
        links.describe_links(con, self._model, part)
        self._judged = _count(con, "evidence")
        for table in ("evidence", "trait", "kin", "pair", "node", "scored"):
            run(con, f"drop table {table}")
        self._clock.lap("scores")

    def _write(self, part: bool) -> IdentityReport | None:
        """Settle the links and write what differs; None, and nothing written, if the part turns out
        to cut a resident in two."""
        con, lake, now = self._con, self._hub.lake, utc_now()
        tasks.find_conflicts(con, part)
        # Until the last row is written, a killed run must start from the whole.
        record_state(con, lake, "resolve", {}, {})
        write_difference(
            con, lake, CONFLICT, "conflict_now", within=_MOVED_CONFLICTS if part else None
        )
        attach_identity(con, lake, CONFLICT.name)
        links.name_told(con, part)
        if part:
            links.open_touched(con, self._model, self._before["decision"] != self._decisions())
        else:
            links.open_all(con)
        links.settle(con, self._model)
        self._clock.lap("clusters")
        if part and _count(con, _CUT):
            return None
        save_common(con, lake, self._version)
        write_difference(con, lake, NODE, "node_new", within=_MOVED_NODES if part else None)
        write_difference(con, lake, EDGE, "edge_now", within=_OPEN_EDGES if part else None)
        self._clock.lap("edges")
        events = ledger.keep_ids(con, lake, now, part)
        self._clock.lap("ids")
        attach_identity(con, lake, "node", "edge", "crosswalk", "mention")
        tasks.find_tasks(con)
        write_difference(con, lake, REVIEW_TASK, "review_task_now")
        self._clock.lap("tasks")
        return self._done(events, part)

    def _done(self, events: dict[str, int], part: bool) -> IdentityReport:
        con, lake = self._con, self._hub.lake
        report = IdentityReport(
            mentions=_count(con, "identity.crosswalk"),
            residents=self._residents(part),
            edges=_count(con, "identity.edge"),
            joined=_count(con, "identity.edge where outcome = 'joined'"),
            new=events.get("new", 0),
            merges=events.get("merge", 0),
            splits=events.get("split", 0),
            moves=events.get("move", 0),
            retired=events.get("retire", 0),
            review_tasks=_count(con, "review_task_now"),
            conflicts=_count(con, "identity.conflict"),
            touched=self._touched,
            judged=self._judged,
            model_version=self._version,
            seconds=self._clock.seconds,
        )
        forget_touched(con, lake)
        record_state(con, lake, "resolve", self._inputs(), report.to_dict())
        return report

    def _residents(self, part: bool) -> int:
        """How many there are; a part holds residents whole, so that the others are as many."""
        if not part:
            return _count(self._con, "(select distinct resident_id from identity.crosswalk)")
        before, now = (
            _count(self._con, f"(select distinct resident_id from crosswalk_{when})")
            for when in ("before", "now")
        )
        return int(self.report["residents"]) + now - before

    @property
    def _version(self) -> str:
        """The stored model's, which may be priors that wait for enough to learn from."""
        current = training.load(model_folder(self._hub), self._model)
        return current.version if current else ""

    def _inputs(self) -> dict[str, Any]:
        return {"decision": self._decisions(), "model": self._version, "version": VERSION}

    def _decisions(self) -> str:
        return fingerprint(self._con, "identity.decision")


# The stored rows that a night's part stands for.
_MOVED_CONFLICTS = """(
  select * from identity.conflict semi join (
    select mention_id from moved union select mention_id from identity.touched) g
    on holder_mention_id = g.mention_id
  union select * from identity.conflict semi join (
    select mention_id from moved union select mention_id from identity.touched) g
    on other_mention_id = g.mention_id)"""
_MOVED_NODES = """(
  select * from identity.node semi join (
    from moved_before union select speaker_mention_id from node_new) using (speaker_mention_id))"""
_OPEN_EDGES = """(
  select * from identity.edge semi join (
    select l as left_mention_id, r as right_mention_id from edge_open
    union select l, r from edge_gone) using (left_mention_id, right_mention_id))"""
# Mentions of the residents in scope that are not in it.
_CUT = """(
  select mention_id from node_before
  semi join (select resident from node_before semi join cluster_of using (mention_id))
    using (resident)
  anti join cluster_of using (mention_id) anti join identity.touched using (mention_id))"""


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    return int(run(con, f"select count(*) from {relation}")[0][0])
