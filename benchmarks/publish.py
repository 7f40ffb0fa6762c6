"""A first publication beside a raw COPY of the same rows, and a night with 1 % changed.

    first load of a county -> warehouse.* -> COPY into bare tables (timed)
                                          -> publish() into an empty database (timed)
                                          -> 1 % changed in the lake -> publish() (timed)

The bare tables have no key and no index, and are made in the transaction that fills them. The
night changes eight rows in a thousand of every table, takes one away and brings one that is new.
A reader polls without a pause throughout. Needs no secrets.
Alone: ``hub bench publish --residents 20000``.
"""

import multiprocessing
import shutil
import tempfile
import time
from contextlib import suppress
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pyarrow as pa
from adbc_driver_postgresql import dbapi

from benchmarks.sync import first_load
from foundation.engine import attach, stream
from foundation.engine import run as execute
from foundation.home import Home
from foundation.lake_table import LakeTable
from foundation.postgres import EmbeddedPostgres
from pipelines.hub import Hub
from pipelines.publish.contract import API
from pipelines.publish.postgres import publish
from pipelines.warehouse.run import CHANGE_SCHEMA, CHANGE_TABLE
from schemas.derive import postgres_ddl, quoted, table_schema
from schemas.model import Table, Type
from schemas.warehouse import TABLES

_BARE = "bare"
_PAUSE_S = 0.05  # of the reader, while there is nothing to read
_OF = 1_000  # by what remains of its key's hash a row is new to the night, gone by it, or changed
_NEW, _GONE, _LAST_CHANGED = 0, 1, 9
_CHANGED = {
    Type.TEXT: "coalesce({0}, '') || '·'",
    Type.INTEGER: "coalesce({0}, 0) + 1",
    Type.BOOLEAN: "not coalesce({0}, false)",
    Type.DATE: "coalesce({0}, date '2020-01-01') + 1",
}
_READ = f"""select p.snapshot, (select max(snapshot) from {API}.change),
    (select count(*) from {API}.ticket where grid_code = (select min(grid_code) from {API}.grid))
    from {API}.publication as p"""


def run(residents: int = 1_000_000, seed: int = 7, folder: str | None = None) -> dict[str, Any]:
    """Measure; `folder` keeps the county and the hub, else they are removed at the end."""
    base = Path(folder or tempfile.mkdtemp(prefix="hub-bench-"))
    home = Home(base / "home")
    try:
        if not (home.lake / "warehouse").exists():
            first_load(home, residents, seed)
        EmbeddedPostgres(home.postgres).remove()  # what the first load published
        return {"residents": residents, **_measured(Hub.open(home))}
    finally:
        EmbeddedPostgres(home.postgres).remove()
        if folder is None:
            shutil.rmtree(base, ignore_errors=True)


def _measured(hub: Hub) -> dict[str, Any]:
    url = hub.warehouse_url()
    with _Held(hub) as held, _Polling(url) as polling:
        held.hold_back()
        rows, raw_copy_s = _raw_copy(hub, url)
        first = publish(hub, url)
        held.change()
        began = polling.reads.value
        night = publish(hub, url)
        reads = polling.reads.value - began
    moved = sum(t.inserted + t.updated + t.deleted for t in night.tables.values())
    return {
        "rows": rows,
        "first_s": first.seconds,
        "raw_copy_s": raw_copy_s,
        "ratio": round(first.seconds / raw_copy_s, 2),
        "delta_s": night.seconds,
        "delta_ratio": round(night.seconds / first.seconds, 3),
        "change_share": round(moved / rows, 4),
        "reads_in_the_night": reads,
        "torn_reads": polling.torn.value,
    }


def _raw_copy(hub: Hub, url: str) -> tuple[int, float]:
    """Rows and seconds of one COPY a table by the same driver from the same files, committed."""
    rows, began = 0, time.monotonic()
    with hub.connect() as con, dbapi.connect(url) as server, server.cursor() as cursor:
        attach(con, hub.lake, [table.id for table in TABLES.values()])
        cursor.execute(f"create schema {_BARE}")
        for table in TABLES.values():
            cursor.execute(postgres_ddl(table, _BARE))
            columns = ", ".join(quoted(column.name) for column in table.columns)
            source = stream(con, f"select {columns} from {table.id}")
            rows += cursor.adbc_ingest(table.name, source, mode="append", db_schema_name=_BARE)
        server.commit()
        seconds = round(time.monotonic() - began, 3)
        cursor.execute(f"drop schema {_BARE} cascade")
        server.commit()
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("checkpoint")  # what it left to write is not the publication's
    return rows, seconds


class _Held:
    """The lake's warehouse zone, first without the rows that are new to the night, then changed."""

    def __init__(self, hub: Hub) -> None:
        self._hub, self._con = hub, hub.connect()

    def __enter__(self) -> "_Held":
        return self

    def __exit__(self, *_: object) -> None:
        self._con.close()

    def hold_back(self) -> None:
        """Take a thousandth of every table out of the lake."""
        self._attach()
        for table in TABLES.values():
            new = f"from {table.id} where {_mark(table)} = {_NEW}"
            execute(self._con, f"create temp table held_{table.name} as select * {new}")
            self._lake_table(table).merge(None, self._keys(table, new), table.key)

    def change(self) -> None:
        """Bring it back, take another away, change eight, and tell publishing."""
        self._attach()
        [(last,)] = execute(self._con, f"select max(build) from {CHANGE_TABLE}")
        told = [{"build": last + 1, "table": "", "op": "B", "key": [uuid4().hex]}]
        notes = [pa.Table.from_pylist(told, schema=CHANGE_SCHEMA)]
        for table in TABLES.values():
            gone = self._keys(table, f"from {table.id} where {_mark(table)} = {_GONE}")
            come = (
                f"select *{_otherwise(table)} from {table.id}"
                f" where {_mark(table)} between {_GONE + 1} and {_LAST_CHANGED}"
                f" union all by name select * from held_{table.name}"
            )
            rows = stream(self._con, come).read_all()
            notes += [_note(last + 1, table, "U", rows), _note(last + 1, table, "D", gone)]
            self._lake_table(table).merge(rows, gone, table.key)
        self._hub.lake.table(*CHANGE_TABLE.split(".")).append(pa.concat_tables(notes))

    def _attach(self) -> None:
        schemas = {table.id: table_schema(table) for table in TABLES.values()}
        schemas[CHANGE_TABLE] = CHANGE_SCHEMA
        attach(self._con, self._hub.lake, schemas, schemas)

    def _lake_table(self, table: Table) -> LakeTable:
        return self._hub.lake.table(*table.id.split("."))

    def _keys(self, table: Table, rows: str) -> pa.Table:
        return stream(self._con, f"select {', '.join(map(quoted, table.key))} {rows}").read_all()


def _note(build: int, table: Table, op: str, rows: pa.Table) -> pa.Table:
    """What warehouse.change says of these rows; only R, B and the keys matter to publishing."""
    keys = zip(*(rows.column(n).cast(pa.string()).to_pylist() for n in table.key), strict=True)
    said = [{"build": build, "table": table.name, "op": op, "key": list(key)} for key in keys]
    return pa.Table.from_pylist(said, schema=CHANGE_SCHEMA)


def _otherwise(table: Table) -> str:
    """REPLACE of the last column that may be told another value."""
    for column in reversed(table.columns):
        if column.name not in table.key and column.type in _CHANGED:
            name = quoted(column.name)
            return f" replace ({_CHANGED[column.type].format(name)} as {name})"
    return ""


def _mark(table: Table) -> str:
    return f"hash({', '.join(map(quoted, table.key))}) % {_OF}"


class _Polling:
    """A reader in a process of its own. reads: statements; torn: those that saw two nights."""

    def __init__(self, url: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._stop = context.Event()
        self.reads, self.torn = context.Value("q", 0), context.Value("q", 0)
        self._process = context.Process(
            target=_poll, args=(url, self._stop, self.reads, self.torn), daemon=True
        )

    def __enter__(self) -> "_Polling":
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._process.join(60)


def _poll(url: str, stop: Event, reads: Any, torn: Any) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        while not stop.is_set():
            found = None
            with suppress(psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
                found = connection.execute(_READ).fetchone()
            if found is None:
                time.sleep(_PAUSE_S)
                continue
            reads.value += 1
            torn.value += found[0] != found[1]
