"""Two hubs that lived the same days, compared table by table: rows that only one of them has.

    home, home -> each table with ids replaced by what they stand for -> {table: (lost, doubled)}

A resident id is random: it is replaced by the first of the person's mentions, a household's by
kind, place and first member. Batch numbers and the instants at which the hub recorded something
are left out, and so are tables of events about ids: of those the kinds are counted. Needs no
secrets. Used by benchmarks.chaos.
"""

from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa

from foundation.engine import attach, run
from foundation.home import Home
from foundation.postgres import EmbeddedPostgres
from pipelines.hub import Hub
from pipelines.publish.query import query_arrow
from schemas.derive import quoted
from schemas.warehouse import HISTORY, TABLES

# When or in which commit the hub came to know something differs between any two runs.
_RECORDED = {"_batch", "_row", "_received_at", "_cursor", "_since"}
_RECORDED |= {"recorded_from", "recorded_to", "recorded_at", "last_success_at", "event_id"}
# In which batches a night's rows came, and in which parts they were judged.
_RECORDED |= {"last_batch", "after_batch", "earlier_broken", "earlier_total"}
_RECORDED |= {"item_id"}  # made from random ids; what the item says is compared
# Tables about the hub's own work, and those whose rows are events in the life of random ids.
_OWN_WORK = {"identity.resolution", "warehouse.change", "hub.run"}
_EVENTS = {
    "identity.lineage": "event",
    "identity.crosswalk_history": "'ended'",
    "identity.organisation_lineage": "event",
    "identity.organisation_crosswalk_history": "'ended'",
    "warehouse.resident_lineage": "'told'",
}
# What was believed between two starts of one night is not the same in both.
_LEDGERS = {ledger.name for ledger in HISTORY.values()}

ZONES = ("lake", "postgresql")


def differences(
    calm: Home, stormy: Home, zones: tuple[str, ...] = ZONES
) -> dict[str, tuple[int, int]]:
    """By table that differs: rows that only the calm hub has, rows that only the stormy one has."""
    found = {}
    for zone in zones:
        left, right = (dict(_tables(home, zone)) for home in (calm, stormy))
        for name in sorted({*left, *right}):
            lost, doubled = _apart(left.get(name), right.get(name))
            if lost or doubled:
                found[name if zone == "lake" else f"postgresql.{name}"] = (lost, doubled)
    return found


def _tables(home: Home, zone: str) -> Iterator[tuple[str, pa.Table]]:
    """Every table of one hub, comparable with the same table of another."""
    hub = Hub.open(home)
    with hub.connect() as con:
        names = [table.full_name for table in hub.lake.tables()]
        attach(con, hub.lake, names)
        _name_ids(con)
        for name in names if zone == "lake" else TABLES:
            relation = name
            if zone == "postgresql":
                rows = query_arrow(
                    EmbeddedPostgres(home.postgres).url, f"select * from {_base(name)}"
                )
                con.register("published", rows)
                relation = "published"
            if relation not in _OWN_WORK:
                yield name, con.sql(_comparable(con, name, relation)).to_arrow_table()


def _base(name: str) -> str:
    return f"warehouse.{quoted(name)}"


def _name_ids(con: duckdb.DuckDBPyConnection) -> None:
    """`named`: what each resident's and household's id stands for."""
    run(
        con,
        """create temp table named as
        select resident_id as id, min(concat_ws('|', department, feed, record_key, slot)) as name
        from identity.crosswalk group by resident_id;
        insert into named
        select household_id, concat_ws('|', h.kind, h.booklet_no, h.dwelling_id, min(name))
        from identity.household as h
        left join identity.household_member as m using (household_id)
        left join named on named.id = m.resident_id
        group by household_id, h.kind, h.booklet_no, h.dwelling_id""",
    )
    views = run(con, "select view_name from duckdb_views()")
    if ("organisation_crosswalk",) in views:
        run(
            con,
            """insert into named
            select organisation_id, min(concat_ws('|', department, feed, record_key))
            from identity.organisation_crosswalk group by organisation_id""",
        )


def _comparable(con: duckdb.DuckDBPyConnection, name: str, relation: str) -> str:
    if name.removeprefix("warehouse.") in _LEDGERS:
        return f"select 1 as one from {relation} where false"
    if name in _EVENTS or f"warehouse.{name}" in _EVENTS:
        kind = _EVENTS.get(name) or _EVENTS[f"warehouse.{name}"]
        return f"select {kind}::varchar as kind from {relation}"
    columns = [c for c in con.table(relation).columns if c not in _RECORDED]
    shown = ", ".join(f"{_shown(c)} as {quoted(c)}" for c in columns)
    return f"select {shown} from {relation} as t"


def _shown(column: str) -> str:
    """A column's value; of an id, what it stands for."""
    value = f"t.{quoted(column)}"
    if not column.endswith(
        ("resident_id", "household_id", "organisation_id", "entity_id", "subject")
    ):
        return f"{value}::varchar"
    return f"coalesce((select any_value(name) from named where id = {value}), {value})"


def _apart(left: pa.Table | None, right: pa.Table | None) -> tuple[int, int]:
    """Rows of a bag that the other one lacks, both ways."""
    if left is None or right is None:
        return (left.num_rows if left else 0, right.num_rows if right else 0)
    with duckdb.connect() as con:
        con.register("l", left)
        con.register("r", right)
        both = ("(from l) except all (from r)", "(from r) except all (from l)")
        counts: list[Any] = [
            con.sql(f"select count(*) from ({sql})").fetchall()[0][0] for sql in both
        ]
    return counts[0], counts[1]
