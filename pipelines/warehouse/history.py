"""What the hub believed on past nights: versions that a build closes are kept, by change.

    difference + stored rows -> close_versions() -> warehouse.<table>_history
    history + the table of today -> believed_on(table, night) -> SQL

A ledger: a rebuild adds only what it changed, and nothing is ever written anew. A version that
stood for no whole night is not kept. Needs no secrets.
"""

from collections.abc import Iterable
from datetime import date

import duckdb
import pyarrow as pa

from foundation.engine import attach, read_sql, run
from foundation.lake import Lake
from pipelines.hub import Hub
from schemas.derive import literal, quoted, table_schema
from schemas.model import Table
from schemas.warehouse import HISTORY, TABLES


def open_ledger(con: duckdb.DuckDBPyConnection, lake: Lake, table: Table) -> None:
    """Make the table's ledger where there is none yet: an empty one, so that readers find it."""
    ledger = HISTORY[table.name]
    target = lake.table("warehouse", ledger.name)
    if not target.exists:
        target.replace(table_schema(ledger).empty_table())
        attach(con, lake, [ledger.id], {ledger.id: table_schema(ledger)})


def close_versions(
    con: duckdb.DuckDBPyConnection, lake: Lake, table: Table, stored: str, night: date
) -> int:
    """Close in the ledger the versions of all keys in ``difference``, as of the night.

    stored: the relation of the rows that were believed until now. Makes ``closed``, the rows that
    came to the ledger, and returns how many. A key that was closed on the night already stays:
    of several builds on a night only the last is believed at its end.
    """
    ledger = HISTORY[table.name]
    keys = _listed(table.key)
    others = [one.name for one in table.columns if one.name not in table.key]
    shown = ", ".join(
        [
            *(f"d.{quoted(name)}" for name in table.key),
            *(f"s.{quoted(name)}" for name in others),
            "d.op = 'I' as was_absent",
            "l.recorded_to as recorded_from",
            "n.night as recorded_to",
        ]
    )
    # The clock of the ledger does not go back, whichever date a build is given.
    run(
        con,
        f"""create or replace temp table closed as
        with said as (select {keys}, recorded_to from {ledger.id}),
        last as (
            select {keys}, max(recorded_to) as recorded_to
            from said semi join difference using ({keys}) group by {keys}
        ),
        clock as (
            select greatest(date {literal(night.isoformat())}, max(recorded_to)) as night from said
        )
        select {shown} from difference as d
        left join last as l using ({keys})
        left join {stored} as s using ({keys})
        cross join clock as n
        where l.recorded_to is null or l.recorded_to < n.night""",
    )
    columns = _listed(column.name for column in ledger.columns)
    rows: pa.Table = con.sql(f"select {columns} from closed").to_arrow_table()
    if rows.num_rows:
        lake.table("warehouse", ledger.name).append(rows.cast(table_schema(ledger)))
    return int(rows.num_rows)


def believed_on(table: Table, night: str, schema: str = "warehouse") -> str:
    """``SELECT`` of a recorded table's columns as the hub believed them on a night.

    night: SQL of a date. The same text runs on the lake and on PostgreSQL.
    """
    ledger, own = HISTORY[table.name], f"{schema}.{quoted(table.name)}"
    past = f"{schema}.{quoted(ledger.name)}"
    return f"""select {_of("h", table)} from {past} as h
where not h.was_absent and h.recorded_to > {night}
    and (h.recorded_from is null or h.recorded_from <= {night})
union all
select {_of("t", table)} from {own} as t
where not exists (
    select 1 from {past} as h
    where {" and ".join(f"h.{quoted(k)} = t.{quoted(k)}" for k in table.key)}
        and h.recorded_to > {night}
)"""


def resident_id_of() -> str:
    """``SELECT`` of the id under which the hub knew, on the night ``$2`` (null: now), the person
    whom the id ``$1`` was given to; no row if it knew nobody.

    The same text runs on the lake and on PostgreSQL.
    """
    night = "coalesce($2, date '9999-12-31')"
    believed = believed_on(TABLES["crosswalk"], night)
    return read_sql("pipelines.warehouse", "resident_id_of").replace("{believed}", believed)


def follow_resident(hub: Hub, old_id: str, as_of: date | None = None) -> str | None:
    """The same, asked of the lake: the id on the night ``as_of``, by default now; or None."""
    names = [TABLES[name] for name in ("crosswalk", "resident_lineage")] + [HISTORY["crosswalk"]]
    with hub.connect() as con:
        schemas = {table.id: table_schema(table) for table in names}
        attach(con, hub.lake, schemas, schemas)
        found = run(con, resident_id_of(), [old_id, as_of])
    return str(found[0][0]) if found else None


def _of(alias: str, table: Table) -> str:
    return ", ".join(f"{alias}.{quoted(column.name)}" for column in table.columns)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(quoted, names))
