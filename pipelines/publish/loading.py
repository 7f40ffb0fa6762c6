"""Whole tables, loaded under another name beside the ones that readers have.

    warehouse.<table> -> DuckDB -> binary COPY (ADBC) -> warehouse.<table>__new -> key, indexes

Two connections work at once: while one builds indexes the other copies, which is what two cores can
do. Each table is a transaction of its own, in which it is made and filled, so that a server of
wal_level minimal writes it once. Nothing shows before the publication's own transaction puts all of
them in their places; what a killed one left is swept away by the next. Secrets: the password in the
url. Alone: ``load_aside(hub.connect(), url, tables)``.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import duckdb
from adbc_driver_postgresql import dbapi

from foundation.engine import run, stream
from pipelines.publish.contract import BASE
from pipelines.publish.moving import listed
from schemas.derive import postgres_ddl, quoted
from schemas.model import Table

CONNECTIONS = 2
# Loaded in the order of their key. Whole answers group millions of residencies by it, and would
# else fetch each row from another page. The others' keys begin with columns of few values, which
# PostgreSQL compares before it comes to what differs: DuckDB sorts them in a third of the time.
_IN_ORDER = frozenset({"residency", "crosswalk", "address_match"})
_ROOM = 90  # percent of a page that a first load fills; the rest is for rows updated in place
SWEEP = f"""do $sweep$
declare
    one record;
begin
    for one in
        select c.relname from pg_class as c
        where c.relnamespace = '{BASE}'::regnamespace and c.relkind = 'r'
            and c.relname like '%\\_\\_new'
    loop
        execute format('drop table {BASE}.%I', one.relname);
    end loop;
end $sweep$"""


@dataclass(frozen=True)
class Published:
    """What a publication did to one table, in rows; ``whole``: it was loaded anew."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    whole: bool = False
    seconds: float = 0.0


def aside(table: Table) -> str:
    """The name that a table has until it is put in its place."""
    return f"{table.name}__new"


def in_place(table: Table) -> Iterator[str]:
    """The statements that put a table in its place. Until then autovacuum leaves it alone, which
    would make the renaming wait."""
    name, loaded = quoted(table.name), quoted(aside(table))
    yield f"drop table if exists {BASE}.{name} cascade"
    yield f"alter table {BASE}.{loaded} rename to {name}"
    yield f"alter table {BASE}.{name} reset (autovacuum_enabled)"


def load_aside(
    con: duckdb.DuckDBPyConnection, url: str, tables: Iterable[Table]
) -> dict[str, Published]:
    """Load the tables, whose views stand in `con`; each is committed when it comes back.

    url: as libpq knows it. After a failure no further table is begun.
    """
    waiting = deque(_largest_first(con, tables))
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        count = min(CONNECTIONS, len(waiting))
        loaders = [pool.submit(_load, con.cursor(), url, waiting) for _ in range(count)]
    return {name: one for loader in loaders for name, one in loader.result().items()}


def _largest_first(con: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> list[Table]:
    """So that the connections end at about the same time."""
    rows = {table.name: run(con, f"select count(*) from {table.id}")[0][0] for table in tables}
    return sorted(tables, key=lambda table: -rows[table.name])


def _load(con: duckdb.DuckDBPyConnection, url: str, waiting: deque[Table]) -> dict[str, Published]:
    made: dict[str, Published] = {}
    try:
        with closing(con), dbapi.connect(url) as server, server.cursor() as cursor:
            cursor.execute("set maintenance_work_mem = '256MB'")
            server.commit()
            while table := _next(waiting):
                made[table.name] = _make(con, cursor, table)
                server.commit()
    except BaseException:
        waiting.clear()
        raise
    return made


def _next(waiting: deque[Table]) -> Table | None:
    try:
        return waiting.popleft()
    except IndexError:
        return None


def _make(con: duckdb.DuckDBPyConnection, cursor: dbapi.Cursor, table: Table) -> Published:
    started = time.monotonic()
    target = f"{BASE}.{quoted(aside(table))}"
    cursor.execute(postgres_ddl(table, BASE).replace(quoted(table.name), quoted(aside(table)), 1))
    cursor.execute(f"alter table {target} set (fillfactor = {_ROOM}, autovacuum_enabled = false)")
    columns, key = listed(column.name for column in table.columns), listed(table.key)
    order = f" order by {key}" if table.name in _IN_ORDER else ""
    source = stream(con, f"select {columns} from {table.id}{order}")
    rows = int(cursor.adbc_ingest(aside(table), source, mode="append", db_schema_name=BASE))
    cursor.execute(f"alter table {target} add primary key ({key})")
    for index in table.indexes:
        cursor.execute(f"create index on {target} ({listed(index)})")
    cursor.execute(f"analyze {target}")
    return Published(rows, whole=True, seconds=round(time.monotonic() - started, 3))
