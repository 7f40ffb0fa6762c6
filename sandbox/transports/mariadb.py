"""A department's exchange database on MariaDB: one database, one reading user, one table a feed.

    Delivery ── bring ──► database county_<code>_<id>_<department>: resident_visit, ..., a marker

A day is one transaction. The first load is not (MariaDB commits at every CREATE): the marker is
written last, so a load that was cut off is done again. Secrets: the administrator's URL, and the
reading user's password, which is set here.
Alone: ``MariaExchange(url, "county_x", "secret", spill).bring(delivery, "community", day)``.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pymysql
from sqlalchemy.engine import URL, make_url

from sandbox import duck
from sandbox.county import OPERATION
from sandbox.delivery import Delivery
from sandbox.transports.columns import flat, quoted, sql_type
from schemas import Feed

TYPES = {
    "time": "datetime(6)",
    "day": "date",
    "double": "double",
    "bool": "boolean",
    "bigint": "bigint",
    "int": "int",
    "text": "longtext",
}
KEY_TEXT = "varchar(255)"
MARKER = "sandbox_marker"


@dataclass(frozen=True)
class MariaExchange:
    """One department's database on one server; rows go in by LOAD DATA from files in ``spill``."""

    admin_url: str
    name: str
    password: str
    spill: Path

    @property
    def user(self) -> str:
        """The reading user: its name is shorter than the database's, for old servers' sake."""
        return self.name[-32:]

    @property
    def reading_url(self) -> URL:
        """Where the hub reads."""
        return make_url(self.admin_url).set(
            drivername="mysql+pymysql",
            username=self.user,
            password=self.password,
            database=self.name,
            query={"charset": "utf8mb4"},
        )

    def bring(self, delivery: Delivery, department: str, day: date) -> int:
        """Make the database hold the feeds as of ``day``; returns the rows moved."""
        with closing(connect(self.admin_url)) as con, con.cursor() as cursor:
            held = self._held(cursor)
            if held is None or held[0] != delivery.fingerprint or held[1] > day:
                moved = self._load(cursor, delivery, department, day)
            else:
                missing = [later for later in delivery.county.days if held[1] < later <= day]
                self._widen(cursor, delivery, department, missing)
                cursor.execute("start transaction")
                moved = sum(self._apply(cursor, delivery, department, later) for later in missing)
            cursor.execute(f"delete from {MARKER}")
            cursor.execute(f"insert into {MARKER} values (%s, %s)", (delivery.fingerprint, day))
            con.commit()
        return moved

    def drop(self) -> None:
        """Remove the database and the user from the server."""
        with closing(connect(self.admin_url)) as con, con.cursor() as cursor:
            cursor.execute(f"drop database if exists {self.name}")
            cursor.execute(f"drop user if exists '{self.user}'@'%'")

    def _held(self, cursor: Any) -> tuple[str, date] | None:
        cursor.execute(
            "select 1 from information_schema.tables where table_schema = %s and table_name = %s",
            (self.name, MARKER),
        )
        if not cursor.fetchone():
            return None
        cursor.execute(f"use {self.name}")
        cursor.execute(f"select fingerprint, day from {MARKER}")
        found = cursor.fetchone()
        return (str(found[0]), found[1]) if found else None

    def _load(self, cursor: Any, delivery: Delivery, department: str, day: date) -> int:
        cursor.execute(f"drop database if exists {self.name}")
        cursor.execute(
            f"create database {self.name} character set utf8mb4 collate utf8mb4_nopad_bin"
        )
        cursor.execute(f"use {self.name}")
        cursor.execute(f"create table {MARKER} (fingerprint varchar(64), day date)")
        cursor.execute(
            f"create or replace user '{self.user}'@'%%' identified by %s", (self.password,)
        )
        cursor.execute(
            "set unique_checks = 0, foreign_key_checks = 0"
        )  # lets InnoDB build the tables in bulk
        return sum(
            self._load_feed(cursor, feed, flat(delivery.current(feed, day)))
            for feed in delivery.feeds("sql", department)
        )

    def _load_feed(self, cursor: Any, feed: Feed, table: pa.Table) -> int:
        target = quoted(feed.source, "`")
        cursor.execute(f"create table {target} ({', '.join(_columns(feed, table.schema))})")
        self._fill(cursor, target, table)
        cursor.execute(f"grant select on {self.name}.{target} to '{self.user}'@'%'")
        return len(table)

    def _fill(self, cursor: Any, target: str, table: pa.Table) -> None:
        path = self.spill / f"{self.name}.csv"
        with duck.connection() as con:
            con.register("given", table)
            con.execute(
                "copy (select * from given) to '" + str(path).replace("'", "''") + "' "
                "(format csv, header false, force_quote *, nullstr 'NULL')"
            )
        try:
            columns = ", ".join(quoted(name, "`") for name in table.column_names)
            cursor.execute(
                f"load data local infile %s into table {target} character set utf8mb4 "
                "fields terminated by ',' enclosed by '\"' escaped by '' "
                f"lines terminated by '\\n' ({columns})",
                (str(path),),
            )
        finally:
            path.unlink(missing_ok=True)

    def _widen(self, cursor: Any, delivery: Delivery, department: str, days: list[date]) -> None:
        """Add the columns that only these days know. ALTER would commit a transaction."""
        for feed in delivery.feeds("sql", department):
            for changes in filter(None, (delivery.changes(feed, day) for day in days)):
                for field in changes.schema:
                    if field.name not in (*feed.sources, OPERATION):
                        column = f"{quoted(field.name, '`')} {sql_type(field.type, TYPES)}"
                        alter = f"alter table {quoted(feed.source, '`')}"
                        cursor.execute(f"{alter} add column if not exists {column}")

    def _apply(self, cursor: Any, delivery: Delivery, department: str, day: date) -> int:
        moved = 0
        for feed in delivery.feeds("sql", department):
            if (changes := delivery.changes(feed, day)) is not None:
                moved += self._apply_feed(cursor, feed, flat(changes))
        return moved

    def _apply_feed(self, cursor: Any, feed: Feed, changes: pa.Table) -> int:
        target = quoted(feed.source, "`")
        columns = ", ".join(quoted(name, "`") for name in changes.column_names if name != OPERATION)
        cursor.execute(
            f"create temporary table sandbox_day ({', '.join(_columns(feed, changes.schema))})"
        )
        self._fill(cursor, "sandbox_day", changes)
        same = ", ".join(quoted(key, "`") for key in feed.key)
        cursor.execute(f"delete old from {target} as old join sandbox_day as new using ({same})")
        cursor.execute(
            f"insert into {target} ({columns}) select {columns} from sandbox_day where __op <> 'D'"
        )
        cursor.execute("drop temporary table sandbox_day")
        return len(changes)


def connect(url: str, timeout: int = 10) -> pymysql.Connection[Any]:
    """A connection to the server, no database chosen. Raises pymysql.OperationalError."""
    place = make_url(url)
    return pymysql.connect(
        host=place.host or "127.0.0.1",
        port=place.port or 3306,
        user=place.username or "root",
        password=place.password or "",
        charset="utf8mb4",
        local_infile=True,
        connect_timeout=timeout,
    )


def _columns(feed: Feed, schema: pa.Schema) -> list[str]:
    indexed = {*feed.key, feed.cursor}
    lines = []
    for field in schema:
        kind = sql_type(field.type, TYPES)
        is_short = field.name in indexed and kind == "longtext"
        lines.append(f"{quoted(field.name, '`')} {KEY_TEXT if is_short else kind}")
    keys = [quoted(column, "`") for column in feed.key]
    lines.append(f"primary key ({', '.join(keys)})")
    if feed.cursor in schema.names:
        lines.append(f"index ({', '.join([quoted(str(feed.cursor), '`'), *keys])})")
    return lines
