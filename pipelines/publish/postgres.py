"""Publish the warehouse to PostgreSQL: all of it once, then what each build changed.

    warehouse.* , warehouse.change -> DuckDB -> binary COPY (ADBC) -> one transaction -> commit

Readers see the last publication or this one, never half. Secrets: the password in the url.
Alone: ``publish(hub, hub.warehouse_url())``.
"""

import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Any

import duckdb
from adbc_driver_postgresql import dbapi

from foundation.clock import utc_now
from foundation.engine import attach, read_sql, run, stream
from foundation.errors import HubError, WarehouseError
from foundation.redact import safe_exception
from pipelines.hub import Hub
from pipelines.publish import contract, migrate
from pipelines.publish.contract import BASE
from pipelines.publish.loading import SWEEP, Published, in_place, load_aside
from pipelines.publish.migrate import FIRST, VERSION_TABLE
from pipelines.publish.moving import gather, gathered, listed, merging, note_moved, told
from pipelines.warehouse.reading import server_url
from pipelines.warehouse.run import CHANGE_SCHEMA, CHANGE_TABLE
from schemas.derive import literal, quoted, table_schema
from schemas.model import Table
from schemas.warehouse import TABLES

_PACKAGE = "pipelines.publish"


@dataclass(frozen=True)
class PublishReport:
    """A publication: the snapshot that readers see now, and the tables that it touched."""

    snapshot: int
    tables: dict[str, Published] = field(default_factory=dict)
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for metadata and ``--json``."""
        return asdict(self)


def publish(hub: Hub, url: str) -> PublishReport:
    """Bring the server at `url` to the lake's warehouse zone, in one transaction.

    The snapshot is the number of the last build that changed anything; if it, the business date and
    the contract are what is published already, nothing is written. Raises WarehouseError when the
    server cannot be reached or refuses; readers then keep what they had.
    """
    started = time.monotonic()
    con = hub.connect()
    try:
        with _connected(url) as server:
            publication = _Publication(hub, con, server, server_url(url))
            tables = publication.run()
            server.commit()
    except HubError:
        raise
    except Exception as error:
        raise WarehouseError(
            "PostgreSQL",
            safe_exception(error),
            "nothing was published; readers keep the last publication",
            "see that the server runs and the hub's user owns the database, then publish again",
        ) from None
    finally:
        con.close()
    return PublishReport(publication.snapshot, tables, round(time.monotonic() - started, 3))


def _connected(url: str) -> dbapi.Connection:
    try:
        return dbapi.connect(server_url(url))
    except Exception as error:
        raise WarehouseError(
            "PostgreSQL",
            f"it cannot be reached: {safe_exception(error)}",
            "nothing was published; readers keep the last publication",
            "start the server or correct [warehouse] url in hub.toml",
        ) from None


class _Publication:
    """One publication: what is there, what is to be moved, and the moving."""

    def __init__(
        self, hub: Hub, con: duckdb.DuckDBPyConnection, server: dbapi.Connection, url: str
    ) -> None:
        self._con, self._lake, self._as_of = con, hub.lake, hub.as_of
        self._server, self._cursor, self._url = server, server.cursor(), url
        run(con, "create temp table moved_log (table_name text, op text, key text)")
        attach(con, hub.lake, [CHANGE_TABLE], {CHANGE_TABLE: CHANGE_SCHEMA})
        builds = run(con, f"select build, key[1] from {CHANGE_TABLE} where op = 'B' order by build")
        self._builds = dict(builds)
        self.snapshot = max(self._builds, default=0)

    def run(self) -> dict[str, Published]:
        """Move what differs; leaves the transaction open for the caller to commit."""
        self._execute(contract.foundation())
        self._execute(SWEEP)
        self._server.commit()  # no reader sees of it; tables are loaded beside it
        published = "snapshot, as_of, contract, build_id"
        there = self._query(f"select {published} from {BASE}.publication")
        build_id = self._builds.get(self.snapshot, "")
        wanted = (self.snapshot, self._as_of, contract.contract(), build_id)
        if there == [wanted]:
            return {}
        self._execute("set local lock_timeout = '120s'")
        self._execute("set local maintenance_work_mem = '256MB'")
        self._migrate(is_new=not there)
        since = self._followed(there)
        made = self._unfit(since)
        tables = self._make(made)
        tables |= self._move(since, [t for t in TABLES.values() if t not in made])
        self._append_log()
        if made or not there or there[0][2] != wanted[2]:
            self._renew(made)
        self._note(wanted)
        return tables

    def _migrate(self, is_new: bool) -> None:
        """Bring the tables of an older release to this one's revision; a new database is of it."""
        [(is_noted,)] = self._query(f"select to_regclass('{VERSION_TABLE}') is not null")
        for statement in () if is_noted else migrate.stamp(migrate.head() if is_new else FIRST):
            self._execute(statement)
        if not is_noted:
            self._execute(read_sql(_PACKAGE, "names"))
        [(revision,)] = self._query(f"select version_num from {VERSION_TABLE}")
        pending = list(migrate.statements(revision))
        for statement in (contract.without_views(), *pending) if pending else ():
            self._execute(statement)

    def _unfit(self, since: int | None) -> list[Table]:
        """The tables to make anew: declared in another way than they were published, unless a
        revision has given them their shape and only some of their rows are to be moved."""
        declared = dict(self._query(f"select table_name, declaration from {BASE}.published_table"))
        changed = [t for t in TABLES.values() if declared.get(t.name) != contract.declaration(t)]
        if since is None or not changed:
            return changed
        found = self._query(read_sql(_PACKAGE, "shapes"))
        shapes = {name: tuple(shape) for name, *shape in found}
        told = f"""select "table" from {CHANGE_TABLE} where build > {since} and op = 'R'"""
        moved_whole = {name for [name] in run(self._con, told)}
        return [
            table
            for table in changed
            if table.name in moved_whole or shapes.get(table.name) != migrate.shape(table)
        ]

    def _followed(self, there: list[tuple[Any, ...]]) -> int | None:
        """The build that readers have; None if it is not one of this lake's: all tables differ."""
        known = bool(there) and self._builds.get(there[0][0]) == there[0][3]
        return int(there[0][0]) if known else None

    def _make(self, tables: list[Table]) -> dict[str, Published]:
        """Load tables under another name: readers still have the old ones."""
        self._attach(tables)
        made = load_aside(self._con, self._url, tables) if tables else {}
        for name in made:
            self._log(f"select {literal(name)}, 'reload', cast(null as varchar)")
        return made

    def _renew(self, made: list[Table]) -> None:
        """Put tables that were made anew in their places, and the views over them."""
        for table in made:
            for statement in in_place(table):
                self._execute(statement)
        self._execute(read_sql(_PACKAGE, "names"))
        self._execute(contract.roles())
        self._execute(contract.views())

    def _move(self, since: int | None, tables: list[Table]) -> dict[str, Published]:
        """Move by key what builds after `since` changed, or every row.

        Rows are deleted and inserted, never tables: a reader's open transaction keeps its view.
        """
        if since is None:
            return {table.name: self._replace(table) for table in tables}
        touched = note_moved(self._con, since)
        whole = [table for table in tables if touched.get(table.name)]
        partly = [table for table in tables if touched.get(table.name) == 0]
        return {table.name: self._replace(table) for table in whole} | self._merge_all(partly)

    def _replace(self, table: Table) -> Published:
        started = time.monotonic()
        self._attach([table])
        target = f"{BASE}.{quoted(table.name)}"
        deleted = self._query(f"select count(*) from {target}")[0][0]
        self._execute(f"delete from {target}")
        rows = self._ingest(f"select * from {table.id}", table, table.name)
        self._log(f"select {literal(table.name)}, 'reload', cast(null as varchar)")
        self._execute(f"analyze {target}")
        return Published(rows, 0, deleted, True, round(time.monotonic() - started, 3))

    def _attach(self, tables: Iterable[Table]) -> None:
        """Tables to be read whole: those of which only some rows move are not opened for it."""
        views = {table.id: table_schema(table) for table in tables}
        attach(self._con, self._lake, views, views)

    def _merge_all(self, tables: list[Table]) -> dict[str, Published]:
        with closing(self._con.cursor()) as con, ThreadPoolExecutor(1) as ahead:
            coming = [(t, ahead.submit(gather, con, self._lake, t)) for t in tables]
            try:
                return {table.name: self._merge(table, one) for table, one in coming}
            finally:
                ahead.shutdown(cancel_futures=True)

    def _merge(self, table: Table, coming: "Future[None]") -> Published:
        coming.result()
        started = time.monotonic()
        self._execute(
            f"create temp table moved_row (like {BASE}.{quoted(table.name)}, is_gone boolean)"
            " on commit drop"
        )
        self._copy(f"select * from {gathered(table)}", "moved_row")
        self._execute(f"analyze moved_row ({listed([*table.key, 'is_gone'])})")
        [(inserted, updated, deleted)] = self._query(merging(table))
        self._execute("drop table moved_row")
        self._log(told(table))
        run(self._con, f"drop table {gathered(table)}")
        seconds = round(time.monotonic() - started, 3)
        return Published(inserted, updated, deleted, False, seconds)

    def _log(self, select: str) -> None:
        """Note for the change feed what a SELECT yields: table_name, op and key (JSON text)."""
        run(self._con, f"insert into moved_log {select}")

    def _append_log(self) -> None:
        """Append what was noted to the change feed, in one order for all tables."""
        if not run(self._con, "select 1 from moved_log limit 1"):
            return
        self._execute(
            "create temp table moved_log (table_name text, op text, key text) on commit drop"
        )
        self._copy("select * from moved_log", "moved_log")
        self._execute(
            f"""insert into {BASE}.change_feed (snapshot, table_name, op, key)
            select {self.snapshot}, table_name, op, cast(key as jsonb) from moved_log
            order by table_name, op, key"""
        )

    def _note(self, wanted: tuple[Any, ...]) -> None:
        snapshot, as_of, fingerprint, build_id = wanted
        self._execute(
            f"""insert into {BASE}.publication (snapshot, as_of, contract, build_id, published_at)
            values ({snapshot}, date {literal(str(as_of))}, {literal(fingerprint)},
                {literal(build_id)}, timestamptz {literal(utc_now().isoformat())})
            on conflict (only_row) do update set snapshot = excluded.snapshot,
                as_of = excluded.as_of, contract = excluded.contract,
                build_id = excluded.build_id, published_at = excluded.published_at"""
        )
        # Too small for autovacuum, and joined by most questions, which would plan for 720 rows.
        self._execute(f"analyze {BASE}.publication")
        rows = ", ".join(
            f"({literal(table.name)}, {literal(contract.declaration(table))})"
            for table in TABLES.values()
        )
        self._execute(
            f"""insert into {BASE}.published_table (table_name, declaration) values {rows}
            on conflict (table_name) do update set declaration = excluded.declaration
            where published_table.declaration <> excluded.declaration"""
        )

    def _ingest(self, sql: str, table: Table, name: str) -> int:
        columns = listed(column.name for column in table.columns)
        source = stream(self._con, f"select {columns} from ({sql})")
        return int(self._cursor.adbc_ingest(name, source, mode="append", db_schema_name=BASE))

    def _copy(self, sql: str, temporary: str) -> int:
        source = stream(self._con, sql)
        return int(self._cursor.adbc_ingest(temporary, source, mode="append", temporary=True))

    def _execute(self, sql: str) -> None:
        self._cursor.execute(sql)

    def _query(self, sql: str) -> list[tuple[Any, ...]]:
        self._cursor.execute(sql)
        return list(self._cursor.fetchall())
