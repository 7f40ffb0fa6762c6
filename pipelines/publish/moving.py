"""The rows that a night moves: read from the lake ahead of the server that takes them.

    warehouse.change -> note_moved() -> gather() -> moved_<table> in DuckDB -> merging(): statement

Reading the next table's rows and merging the last one's go on side by side. All of it is on one
in-memory database, whose cursors share what is not temporary. Needs no secrets.
"""

from collections.abc import Iterable

import duckdb

from foundation.engine import run
from foundation.lake import Lake
from pipelines.publish import contract
from pipelines.publish.contract import BASE
from pipelines.warehouse.run import CHANGE_TABLE
from schemas.derive import duckdb_type, literal, quoted
from schemas.model import Table


def note_moved(con: duckdb.DuckDBPyConnection, since: int) -> dict[str, int]:
    """Make `moved`, the keys that builds after `since` changed; by table, whether all of it did."""
    run(
        con,
        f"""create table moved as
        select "table", key, max(case when op = 'R' then 1 else 0 end) as whole
        from {CHANGE_TABLE} where build > {since} and op <> 'B' group by "table", key""",
    )
    return dict(run(con, 'select "table", max(whole) from moved group by "table"'))


def gathered(table: Table) -> str:
    """The relation that gather() makes, as SQL."""
    return quoted(f"moved_{table.name}")


def gather(con: duckdb.DuckDBPyConnection, lake: Lake, table: Table) -> None:
    """The moved keys of a table with their present rows, as they are declared, and is_gone: a key
    that has no row any more stands alone. Read from the lake once for all that follows."""
    types = {column.name: duckdb_type(column) for column in table.columns}
    keys = ", ".join(
        f"cast(key[{n}] as {types[name]}) as {quoted(name)}" for n, name in enumerate(table.key, 1)
    )
    chosen = f'select {keys} from moved where "table" = {literal(table.name)}'
    run(con, f"create or replace temp table moved_key as {chosen}")
    lake.table("warehouse", table.name).pick(con, "moved_key", "picked")
    on = listed(table.key)
    run(
        con,
        f"""create table {gathered(table)} as
        select {listed(types)}, false as is_gone from picked
        union all by name
        select {on}, true as is_gone from moved_key anti join picked using ({on})""",
    )


def told(table: Table) -> str:
    """What the change feed says of the gathered rows: table_name, op and key (JSON text)."""
    shown = contract.shown_key(table)
    pairs = ", ".join(f"{quoted(name)} := k.{quoted(name)}" for name in shown)
    key = f"to_json(struct_pack({pairs}))" if shown else "null"
    return f"""select distinct {literal(table.name)},
        case when k.is_gone then 'delete' else 'upsert' end, cast({key} as varchar)
        from {gathered(table)} as k"""


def merging(table: Table) -> str:
    """What takes the rows of moved_row that are gone away, updates those that are there and inserts
    the others; yields how many were inserted, updated and deleted.

    Rows that stay are updated in place: where no indexed column differs and their page has room,
    which a first load leaves, no index is written.
    """
    target, on = f"{BASE}.{quoted(table.name)}", listed(table.key)
    same = " and ".join(f"t.{quoted(name)} = m.{quoted(name)}" for name in table.key)
    columns = [column.name for column in table.columns]
    others = [name for name in columns if name not in table.key] or list(table.key)
    return f"""with gone as (
            delete from {target} as t using moved_row as m where m.is_gone and {same} returning 1
        ), kept as (
            update {target} as t set {", ".join(f"{quoted(n)} = m.{quoted(n)}" for n in others)}
            from moved_row as m where not m.is_gone and {same}
            returning {", ".join(f"t.{quoted(name)}" for name in table.key)}
        ), come as (
            insert into {target} ({listed(columns)})
            select {", ".join(f"m.{quoted(name)}" for name in columns)} from moved_row as m
            left join (select {on}, true as is_kept from kept) as kept using ({on})
            where is_kept is null and not m.is_gone returning 1
        ) select (select count(*) from come), (select count(*) from kept),
            (select count(*) from gone)"""


def listed(names: Iterable[str]) -> str:
    """Column names, quoted."""
    return ", ".join(map(quoted, names))
