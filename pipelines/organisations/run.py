"""Which organisations are one, every night: mentions, the engine, stable ids.

    conformed shops, landlords -> organisation_mention -> pipelines.link -> organisation_crosswalk,
    edge, lineage

Writes only what differs, and nothing when its inputs are as they were. The trained weights lie in
<home>/identity/organisations.json; without enough labels to learn from, the declared ones count.
Needs no secrets. Alone: ``resolve_organisations(Hub.open(Home.find()))``.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from foundation.announce import announce
from foundation.clock import utc_now
from foundation.engine import attach, run, stream
from foundation.lake import Lake
from pipelines.hub import Hub
from pipelines.identity.state import fingerprint, last_state, record_state, write_difference
from pipelines.link.ids import IdNames, keep_ids
from pipelines.link.run import Linking, Report
from pipelines.link.weights import declaration_of, levels_sql, read
from pipelines.organisations.mentions import build_mentions
from pipelines.organisations.model import ORGANISATIONS
from schemas.derive import table_schema
from schemas.model import Table
from schemas.organisations import (
    ORGANISATION_CROSSWALK,
    ORGANISATION_CROSSWALK_HISTORY,
    ORGANISATION_EDGE,
    ORGANISATION_LINEAGE,
    ORGANISATION_MENTION,
    ORGANISATION_TABLES,
)

STEP = "organisations"
_NAMES = IdNames(ORGANISATION_CROSSWALK.id, "organisation_id", "O")


@dataclass(frozen=True)
class OrganisationReport:
    """What a night found, in counts. ``unchanged``: nothing was done or written."""

    mentions: int = 0
    organisations: int = 0
    edges: int = 0
    new: int = 0
    merges: int = 0
    splits: int = 0
    moves: int = 0
    retired: int = 0
    model_version: str = ""
    unchanged: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for ``--json`` and metadata."""
        return asdict(self)


def resolve_organisations(hub: Hub) -> OrganisationReport:
    """Bring the organisations' tables up to the conformed feeds.

    Raises LakeError if the lake cannot be read or written; the night counts as done only when its
    last row is written.
    """
    con = hub.connect()
    try:
        _attach(con, hub.lake)
        build_mentions(con, hub.lake, hub.config.county.name)
        inputs = {
            "mention": fingerprint(con, ORGANISATION_MENTION.name),
            "model": declaration_of(ORGANISATIONS),
        }
        before, report = last_state(con, hub.lake, STEP)
        if before == inputs:
            return OrganisationReport(**{**report, "unchanged": True})
        made = _resolve(con, hub)
        record_state(con, hub.lake, STEP, inputs, made.to_dict())
        return made
    finally:
        con.close()


def _attach(con: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    schemas = {table.id: table_schema(table) for table in ORGANISATION_TABLES}
    attach(con, lake, schemas, schemas)


def _resolve(con: duckdb.DuckDBPyConnection, hub: Hub) -> OrganisationReport:
    now = utc_now()
    linking = Linking(con, ORGANISATIONS, "pipelines/organisations/model.py")
    linking.take(ORGANISATION_MENTION.name)
    kept = _weights(hub)
    report = linking.link(kept, retrain=not _is_learned(kept))
    run(con, _CLUSTER_OF)
    run(con, _EDGE.format(levels=levels_sql(ORGANISATIONS)))
    events = keep_ids(con, _NAMES, now)
    _write(con, hub.lake)
    return _report(report, events)


def _weights(hub: Hub) -> Path:
    folder = hub.home.path / "identity"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / "organisations.json"


def _is_learned(kept: Path) -> bool:
    """Declared weights alone are no model to keep: as soon as there is enough, it is learned."""
    if not kept.exists():
        return False
    parameters = read(kept)
    same = parameters.declaration == declaration_of(ORGANISATIONS)
    return same and parameters.facts.get("way") != "declared"


_CLUSTER_OF = """
create or replace temp table cluster_of as
select r.mention_id, r.department, r.feed, r.record_key, r.slot, c.cluster, c.method, c.weight,
  r.uscc is not null as is_strong
from cluster_of c join input_row r using (_row)
"""
_EDGE = """
create or replace temp table edge_now as
select least(l.mention_id, r.mention_id) as left_mention_id,
  greatest(l.mention_id, r.mention_id) as right_mention_id, o.weight_after as weight,
  {levels} as levels, o.outcome, nullif(o.reason, '') as reason
from scored s join settled o using (l, r)
join input_row l on l._row = s.l join input_row r on r._row = s.r
"""


def _write(con: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """History and events first: what a killed night told and did not do is taken back."""
    _append(con, lake, ORGANISATION_CROSSWALK_HISTORY, "ended")
    _append(con, lake, ORGANISATION_LINEAGE, "event")
    write_difference(con, lake, ORGANISATION_MENTION, ORGANISATION_MENTION.name)
    write_difference(con, lake, ORGANISATION_EDGE, "edge_now")
    write_difference(con, lake, ORGANISATION_CROSSWALK, "crosswalk_now")


def _append(con: duckdb.DuckDBPyConnection, lake: Lake, table: Table, relation: str) -> None:
    columns = ", ".join(column.name for column in table.columns)
    some = run(con, f"select count(*) from {relation}")[0][0]
    rows = stream(con, f"select {columns} from {relation}") if some else None
    crosswalk = lake.table(ORGANISATION_CROSSWALK.zone, ORGANISATION_CROSSWALK.name)
    announce(lake.table(table.zone, table.name), rows, of=crosswalk)


def _report(report: Report, events: dict[str, int]) -> OrganisationReport:
    return OrganisationReport(
        mentions=report.rows,
        organisations=report.clusters,
        edges=report.edges,
        new=events.get("new", 0),
        merges=events.get("merge", 0),
        splits=events.get("split", 0),
        moves=events.get("move", 0),
        retired=events.get("retire", 0),
        model_version=report.model_version,
    )
