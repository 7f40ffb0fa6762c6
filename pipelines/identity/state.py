"""What a step read last time, and writing only what differs from what stands.

    fingerprints of inputs == those in identity.resolution  ->  nothing to do
    computed table - stored table  ->  one merge, or no commit at all

No secrets.
"""

import json
from collections.abc import Callable
from typing import Any

import duckdb

from foundation.clock import utc_now
from foundation.engine import attach, content_sql, quote, run, stream
from foundation.lake import Lake
from pipelines.difference import difference_sql
from schemas.derive import conformed_schema, table_schema
from schemas.identity import IDENTITY_TABLES, RESOLUTION
from schemas.model import Feed, Table

# Above this share of changed rows the table is written anew: a merge would rewrite every file
# anyway.
_REWRITE_SHARE = 0.2


def fingerprint(con: duckdb.DuckDBPyConnection, relation: str, columns: str = "*") -> str:
    """Count and order-free sum of a relation: equal content, equal text, however the files lie."""
    row = content_sql(["t" if columns == "*" else columns])
    [(count, mixed)] = run(con, f"select count(*), sum({row}) from {relation} t")
    return f"{count}:{mixed or 0}"


def attach_identity(con: duckdb.DuckDBPyConnection, lake: Lake, *names: str) -> None:
    """Views of identity tables; one that does not exist yet is empty."""
    schemas = {f"identity.{name}": table_schema(IDENTITY_TABLES[name]) for name in names}
    attach(con, lake, schemas, schemas)


def narrow_feed(con: duckdb.DuckDBPyConnection, lake: Lake, feed: Feed, rows: str) -> None:
    """Have the view ``conformed.<feed>`` show only the rows whose department, feed and record_key
    are in the relation ``rows``: what is read many times, a time a slot, is found once.
    """
    name, few = f"conformed.{quote(feed.table)}", quote(f"few_{feed.table}")
    run(
        con,
        "create or replace temp table few_key as select distinct record_key as _key"
        f" from {rows} where department = ? and feed = ?",
        [feed.department, feed.name],
    )
    table = lake.table("conformed", feed.table)
    if table.exists and set(conformed_schema(feed).names) <= set(table.schema().names):
        table.pick(con, "few_key", few)
    else:
        run(
            con,
            f"create or replace temp table {few} as select * from {name}"
            " semi join few_key using (_key)",
        )
    run(con, f"create or replace view {name} as from {few}")


def last_state(
    con: duckdb.DuckDBPyConnection, lake: Lake, step: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Inputs and report of the step's last run; empty if there was none."""
    attach_identity(con, lake, RESOLUTION.name)
    found = run(con, "select inputs, report from identity.resolution where step = ?", [step])
    return (json.loads(found[0][0]), json.loads(found[0][1])) if found else ({}, {})


def record_state(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    step: str,
    inputs: dict[str, Any],
    report: dict[str, Any],
) -> None:
    """Remember the step's inputs; written last, so that a killed run is run again."""
    row = con.sql(
        "select ?::varchar as step, ?::varchar as inputs, ?::varchar as report,"
        " ?::timestamptz as recorded_at",
        params=[step, json.dumps(inputs), json.dumps(report), utc_now()],
    ).to_arrow_table()
    lake.table("identity", RESOLUTION.name).merge(row, key="step")


def forget_state(con: duckdb.DuckDBPyConnection, lake: Lake, step: str) -> None:
    """Have the step start from nothing next time; also what stands while it writes."""
    if last_state(con, lake, step)[0]:
        record_state(con, lake, step, {}, {})


def write_difference(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    table: Table,
    relation: str,
    within: str | None = None,
    before: Callable[[], None] | None = None,
) -> tuple[int, int]:
    """Make a lake table equal to ``relation``; returns rows put and rows removed, (0, 0) without
    a commit.

    within: ``relation`` is the whole of these stored rows only (SQL); the others stay.
    before: called before anything is written, while ``put`` and ``gone`` hold the keys.
    """
    attach_identity(con, lake, table.name)
    keys = ", ".join(map(quote, table.key))
    put, gone = _find_difference(con, table, relation, within or table.id)
    target = lake.table(table.zone, table.name)
    if before and (put or gone):
        before()
    stored = target.num_rows if target.exists else 0
    if not within and put + gone > _REWRITE_SHARE * stored and (put or gone):
        target.replace(_as_declared(con, table, relation))
    elif put or gone:
        changed = f"(select * from {relation} semi join put using ({keys}))"
        changes = _as_declared(con, table, changed) if put else None
        if changes is not None:
            changes = changes.read_all()
        deletes = con.sql(f"select {keys} from gone").to_arrow_table() if gone else None
        target.merge(changes, deletes, key=list(table.key))
    run(con, "drop table put; drop table gone")
    return put, gone


def _find_difference(
    con: duckdb.DuckDBPyConnection, table: Table, relation: str, stored: str
) -> tuple[int, int]:
    """Make ``put`` and ``gone`` (the key), and count both."""
    keys = ", ".join(map(quote, table.key))
    run(
        con,
        f"create or replace temp table _difference as"
        f" {difference_sql(con, table, relation, stored)};"
        f"create or replace temp table put as select {keys} from _difference where op <> 'D';"
        f"create or replace temp table gone as select {keys} from _difference where op = 'D';"
        "drop table _difference",
    )
    counted = "select (select count(*) from put), (select count(*) from gone)"
    [(put, gone)] = run(con, counted)
    return int(put), int(gone)


def _as_declared(con: duckdb.DuckDBPyConnection, table: Table, relation: str) -> Any:
    columns = ", ".join(quote(column.name) for column in table.columns)
    return stream(con, f"select {columns} from {relation}")
