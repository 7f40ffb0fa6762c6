"""A department's exchange database on PostgreSQL: one schema, one reading role, one table a feed.

    Delivery ── bring ──► schema county_<code>_<id>_<department>: "T_CZRK", ..., a marker

The marker says which day the schema holds. A day is one transaction. Tables are unlogged: a crash
empties them and the marker alike, and serve loads again.
Secrets: the administrator's URL, and the reading role's password, which is set here.
Alone: ``PostgresExchange(url, "county_x", "secret").bring(delivery, "public_security", day)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
from adbc_driver_postgresql import dbapi
from sqlalchemy.engine import URL, make_url

from sandbox.county import OPERATION
from sandbox.delivery import Delivery
from sandbox.transports.columns import flat, quoted, sql_type
from schemas import Feed

TYPES = {
    "time": "timestamp",
    "day": "date",
    "double": "double precision",
    "bool": "boolean",
    "bigint": "bigint",
    "int": "integer",
    "text": "text",
}
MARKER = "sandbox_marker"


@dataclass(frozen=True)
class PostgresExchange:
    """One department's schema on one server. ``admin_url`` may create schemas and roles."""

    admin_url: str
    name: str
    password: str

    @property
    def reading_url(self) -> URL:
        """Where the hub reads; the role's search path makes bare table names work."""
        return make_url(self.admin_url).set(
            drivername="postgresql+psycopg", username=self.name, password=self.password
        )

    def bring(self, delivery: Delivery, department: str, day: date) -> int:
        """Make the schema hold the department's feeds as of ``day``; returns the rows moved.

        Applies the missing days; loads afresh what is empty, ahead, or of another county.
        """
        with dbapi.connect(_libpq(self.admin_url)) as con, con.cursor() as cursor:
            held = self._held(cursor)
            if held is None or held[0] != delivery.fingerprint or held[1] > day:
                moved = self._load(cursor, delivery, department, day)
            else:
                missing = [later for later in delivery.county.days if held[1] < later <= day]
                moved = sum(self._apply(cursor, delivery, department, later) for later in missing)
            self._mark(cursor, delivery.fingerprint, day)
            con.commit()
        return moved

    def drop(self) -> None:
        """Remove the schema and the role from the server."""
        with dbapi.connect(_libpq(self.admin_url)) as con, con.cursor() as cursor:
            cursor.execute(f"drop schema if exists {quoted(self.name)} cascade")
            if _one(cursor, f"select 1 from pg_roles where rolname = '{self.name}'"):
                cursor.execute(f"drop owned by {quoted(self.name)}")
                cursor.execute(f"drop role {quoted(self.name)}")
            con.commit()

    def _held(self, cursor: Any) -> tuple[str, date] | None:
        if not _one(cursor, f"select to_regclass('{self.name}.{MARKER}') is not null"):
            return None
        found = _one(cursor, f"select fingerprint || ' ' || day from {self.name}.{MARKER}")
        if not found:
            return None
        fingerprint, day = str(found).split()
        return fingerprint, date.fromisoformat(day)

    def _mark(self, cursor: Any, fingerprint: str, day: date) -> None:
        cursor.execute(f"delete from {self.name}.{MARKER}")
        cursor.execute(f"insert into {self.name}.{MARKER} values ('{fingerprint}', '{day}')")

    def _load(self, cursor: Any, delivery: Delivery, department: str, day: date) -> int:
        cursor.execute(f"drop schema if exists {self.name} cascade")
        cursor.execute(f"create schema {self.name}")
        cursor.execute(f"create unlogged table {self.name}.{MARKER} (fingerprint text, day date)")
        self._make_role(cursor)
        moved = 0
        for feed in delivery.feeds("sql", department):
            moved += self._load_feed(cursor, feed, flat(delivery.current(feed, day)))
        return moved

    def _make_role(self, cursor: Any) -> None:
        exists = _one(cursor, f"select 1 from pg_roles where rolname = '{self.name}'")
        verb = "alter" if exists else "create"
        cursor.execute(f"{verb} role {self.name} login password '{self.password}'")
        cursor.execute(f"alter role {self.name} set search_path = {self.name}")
        cursor.execute(f"grant usage on schema {self.name} to {self.name}")

    def _load_feed(self, cursor: Any, feed: Feed, table: pa.Table) -> int:
        target = self._table(feed)
        columns = ", ".join(
            f"{quoted(field.name)} {sql_type(field.type, TYPES)}" for field in table.schema
        )
        cursor.execute(f"create unlogged table {target} ({columns})")
        cursor.adbc_ingest(feed.source, table, mode="append", db_schema_name=self.name)
        keys = [quoted(column) for column in feed.key]
        cursor.execute(f"alter table {target} add primary key ({', '.join(keys)})")
        if feed.cursor in table.column_names:
            cursor.execute(
                f"create index on {target} ({', '.join([quoted(str(feed.cursor)), *keys])})"
            )
        cursor.execute(f"grant select on {target} to {self.name}")
        return len(table)

    def _apply(self, cursor: Any, delivery: Delivery, department: str, day: date) -> int:
        moved = 0
        for feed in delivery.feeds("sql", department):
            if (changes := delivery.changes(feed, day)) is not None:
                moved += self._apply_feed(cursor, feed, flat(changes))
        return moved

    def _apply_feed(self, cursor: Any, feed: Feed, changes: pa.Table) -> int:
        target = self._table(feed)
        names = [name for name in changes.column_names if name != OPERATION]
        for name in names:
            if name not in feed.sources:
                kind = sql_type(changes.schema.field(name).type, TYPES)
                cursor.execute(
                    f"alter table {target} add column if not exists {quoted(name)} {kind}"
                )
        cursor.adbc_ingest("sandbox_day", changes, mode="create", temporary=True)
        same = " and ".join(f"old.{quoted(key)} = new.{quoted(key)}" for key in feed.key)
        columns = ", ".join(map(quoted, names))
        cursor.execute(f"delete from {target} as old using sandbox_day as new where {same}")
        cursor.execute(
            f"insert into {target} ({columns}) select {columns} from sandbox_day where __op <> 'D'"
        )
        cursor.execute("drop table sandbox_day")
        return len(changes)

    def _table(self, feed: Feed) -> str:
        return f"{self.name}.{quoted(feed.source)}"


def _one(cursor: Any, query: str) -> Any:
    cursor.execute(query)
    row = cursor.fetchone()
    return row[0] if row else None


def _libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
