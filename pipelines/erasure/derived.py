"""The erased person in what the hub made of the records: identity, warehouse, alerts.

    decisions -> (records gone) -> resolve -> history, lineage -> build -> ledgers -> publish

What resolution and build make anew follows from the records; here is what they would keep for good:
beliefs of the past, events, decisions, caches. Columns that name the person in somebody else's row
are emptied. Needs no secrets. Used by pipelines.erasure.run.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from foundation.engine import attach, run, stream
from foundation.lake import DERIVED_ZONES, LakeTable
from foundation.layers import LAYER
from pipelines.alerts.ledger import ALERT, DEAD_LETTER
from pipelines.erasure.match import count_hits
from pipelines.erasure.person import RAW_PLACE
from pipelines.hub import Hub
from pipelines.identity.mentions import mention_feeds
from pipelines.identity.state import attach_identity
from pipelines.warehouse.run import CHANGE_TABLE
from schemas.derive import conformed_schema, quoted, table_schema
from schemas.identity import CROSSWALK, CROSSWALK_HISTORY, DECISION, LINEAGE
from schemas.model import Table
from schemas.places import ADDRESS_TEXT
from schemas.warehouse import HISTORY

RESIDENT = "resident_id"


def erase_decisions(con: duckdb.DuckDBPyConnection, hub: Hub) -> None:
    """Forget what stewards decided about the person's mentions, while the crosswalk still tells
    which they are. Needs the table `erased_id`, as all here."""
    attach_identity(con, hub.lake, DECISION.name, CROSSWALK.name, CROSSWALK_HISTORY.name)
    own = " union ".join(
        f"select mention_id from identity.{name} semi join erased_id using (resident_id)"
        for name in (CROSSWALK.name, CROSSWALK_HISTORY.name)
    )
    gone = f"left_mention_id in ({own}) or right_mention_id in ({own})"
    _keep(con, hub, DECISION, gone)


def erase_history(con: duckdb.DuckDBPyConnection, hub: Hub) -> None:
    """After resolution: past beliefs and events of the person, and how address texts were read."""
    attach_identity(con, hub.lake, CROSSWALK_HISTORY.name, LINEAGE.name, ADDRESS_TEXT.name)
    _keep(con, hub, CROSSWALK_HISTORY, _is("resident_id"))
    old, new = _is("old_resident_id"), _is("new_resident_id")
    alone = f"({old} or {new}) and ({old} or old_resident_id is null)"
    _keep(con, hub, LINEAGE, f"{alone} and ({new} or new_resident_id is null)", naming(LINEAGE))
    cache = hub.lake.table("identity", ADDRESS_TEXT.name)
    if cache.exists and cache.num_rows:
        cache.replace(table_schema(ADDRESS_TEXT).empty_table())  # texts are read again when needed


def erase_ledgers(con: duckdb.DuckDBPyConnection, hub: Hub) -> None:
    """What the hub believed of the person on past nights, which the build has just added to."""
    for ledger in HISTORY.values():
        attach(con, hub.lake, [ledger.id], {ledger.id: table_schema(ledger)})
        _keep(con, hub, ledger, ledger_gone(ledger), naming(ledger))


def ledger_gone(ledger: Table) -> str:
    """SQL of which rows of a ledger are the person's."""
    has_own = any(column.name == RESIDENT for column in ledger.columns)
    return _is(RESIDENT) if has_own else "false"


def naming(table: Table) -> list[str]:
    """The columns that name a resident whose row it is not."""
    return [c.name for c in table.columns if c.name.endswith(f"_{RESIDENT}")]


def erase_alerts(con: duckdb.DuckDBPyConnection, hub: Hub) -> None:
    """Alerts about the person, told or not."""
    for table in (ALERT, DEAD_LETTER):
        attach(con, hub.lake, [table.id], {table.id: table_schema(table)})
    about = "exists (select 1 from erased_id as e where contains(subject, e.resident_id))"
    _keep(con, hub, DEAD_LETTER, f"alert_id in (select alert_id from {ALERT.id} where {about})")
    _keep(con, hub, ALERT, about)


def shorten_changes(con: duckdb.DuckDBPyConnection, hub: Hub) -> None:
    """Once published, of what builds changed only the last one's mark is needed: keys are personal.
    A server that is behind it is then published whole."""
    schema, own, name = CHANGE_TABLE.partition(".")[0], CHANGE_TABLE, CHANGE_TABLE.split(".")[1]
    table = hub.lake.table(schema, name)
    if table.exists and table.num_rows > 1:
        attach(con, hub.lake, [own])
        last = f"select max(build) from {own} where op = 'B'"
        table.replace(stream(con, f"from {own} where op = 'B' and build = ({last})"))


def flatten(con: duckdb.DuckDBPyConnection, hub: Hub, *zones: str) -> bool:
    """Rewrite the tables that have layers, below which deleted rows still lie; whether there were
    any."""
    found = [table for table in hub.lake.tables(*(zones or DERIVED_ZONES)) if _has_layers(table)]
    for table in found:
        table.replace(stream(con, table.select(con)))
    return bool(found)


def present_hits(con: duckdb.DuckDBPyConnection, hub: Hub) -> Iterator[tuple[str, int]]:
    """Rows of each conformed table that are the person's, by name. Needs `attach_matching`."""
    for feed in mention_feeds():
        name = f"conformed.{feed.table}"
        attach(con, hub.lake, [name], {name: conformed_schema(feed)})
        rows = f"conformed.{quoted(feed.table)}"
        yield name, count_hits(con, feed, rows, RAW_PLACE, conformed=True)


def _is(column: str) -> str:
    return f"coalesce({column} in (select resident_id from erased_id), false)"


def _emptied(names: list[str]) -> str:
    """SQL after `select *` that empties these columns where they name the person."""
    emptied = [f"case when {_is(name)} then null else {name} end as {name}" for name in names]
    return f" replace ({', '.join(emptied)})" if names else ""


def _keep(
    con: duckdb.DuckDBPyConnection,
    hub: Hub,
    table: Table,
    gone: str,
    emptied: list[str] | None = None,
) -> None:
    """Rewrite the attached table without the rows that are `gone`, and without the person in the
    columns that are to be `emptied`, if there is any of it."""
    names = emptied or []
    named = " or ".join([f"({gone})", *map(_is, names)])
    target = hub.lake.table(table.zone, table.name)
    if target.exists and run(con, f"select 1 from {table.id} where {named} limit 1"):
        target.replace(stream(con, f"select *{_emptied(names)} from {table.id} where not ({gone})"))


def _has_layers(table: LakeTable) -> bool:
    own = f"/{LAYER}="
    return any(own in path and f"{own}0/" not in path for path in table.files())
