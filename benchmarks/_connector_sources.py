"""The sources that `hub bench connectors` reads: the same rows in databases, pages and files.

    one list of SQL expressions -> PostgreSQL, MariaDB, on their servers | DuckDB -> CSV, XLSX, REST

Twelve columns of a register: text, codes, dates, doubles, an integer, timestamps. Everything is
made below a temporary folder or in databases of its own, and removed. Secrets needed: none; asks
HUB_TEST_POSTGRES and HUB_TEST_MARIADB, else the servers on loopback, else an embedded PostgreSQL.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa
import pymysql
import sqlalchemy as sa
import xlsxwriter

from foundation.engine import stream
from foundation.postgres import EmbeddedPostgres
from sandbox.state import State
from sandbox.transports.encode import encode
from schemas import FEEDS, Feed

POSTGRES = os.environ.get("HUB_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/postgres")
MARIADB = os.environ.get("HUB_TEST_MARIADB", "mysql://root@127.0.0.1:3306/")
NAME = f"hub_bench_connectors_{os.getpid()}"
TABLE = "register"
COLUMNS = (
    ("shopId", "concat('P', lpad(concat(i), 8, '0'))"),
    ("name", "concat(substr('王李张刘陈杨赵黄周吴', 1 + mod(i, 10), 1), '家小店')"),
    ("kind", "substr('12345', 1 + mod(i, 5), 1)"),
    ("operatorIdNo", "concat('3607311990', lpad(concat(mod(i, 100000000)), 8, '0'))"),
    ("phone", "case when mod(i, 7) = 0 then null else concat('139', mod(i, 89999999)) end"),
    ("address", "concat('于都县贡江镇长征大道', mod(i, 999), '号', mod(i, 30), '室')"),
    ("gridCode", "concat('360731100', lpad(concat(mod(i, 900)), 6, '0'))"),
    ("lon", "cast(115.4 + mod(i, 1000) * 0.00017 as {double})"),
    ("lat", "cast(25.9 + mod(i, 997) * 0.00013 as {double})"),
    ("is_current", "mod(i, 2)"),
    ("opened_on", "{day}"),
    ("updatedAt", "{moment}"),
)
NAMES = tuple(name for name, _ in COLUMNS)


@dataclass(frozen=True)
class Dialect:
    """What the three engines write differently. source: a table of `i` from 1 to n."""

    double: str
    day: str
    moment: str
    source: str
    quote: str = '"'

    def select(self, rows: int) -> str:
        """The statement that makes the rows."""
        cells = (
            f"{text.format(double=self.double, day=self.day, moment=self.moment)}"
            f" as {self.quote}{name}{self.quote}"
            for name, text in COLUMNS
        )
        return f"select {', '.join(cells)} from {self.source.format(rows=rows)}"


IN_POSTGRES = Dialect(
    "double precision",
    "date '1990-01-01' + cast(mod(i, 9999) as integer)",
    "timestamp '2024-01-01 00:00:00' + i * interval '1 second'",
    "generate_series(1, {rows}) as t(i)",
)
IN_MARIADB = Dialect(
    "double",
    "date_add(date '1990-01-01', interval mod(i, 9999) day)",
    "date_add(timestamp '2024-01-01 00:00:00', interval i second)",
    "(select seq as i from seq_1_to_{rows}) as t",
    "`",
)
IN_DUCKDB = Dialect(
    "double",
    "date '1990-01-01' + cast(mod(i, 9999) as integer)",
    "timestamp '2024-01-01 00:00:00' + to_seconds(i)",
    "range(1, {rows} + 1) as t(i)",
)


@contextmanager
def postgresql(rows: int, folder: Path) -> Iterator[str]:
    """A PostgreSQL table; yields the SQLAlchemy url of its database."""
    with _postgres_server(folder) as url, psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"create database {NAME}")
        try:
            here = sa.make_url(url).set(database=NAME).render_as_string(False)
            with psycopg.connect(here, autocommit=True) as con:
                con.execute(f"create table {TABLE} as {IN_POSTGRES.select(rows)}")
                con.execute(f"analyze {TABLE}")
            yield here
        finally:
            admin.execute(f"drop database {NAME} with (force)")


@contextmanager
def _postgres_server(folder: Path) -> Iterator[str]:
    try:
        psycopg.connect(POSTGRES, connect_timeout=3).close()
    except psycopg.OperationalError:
        server = EmbeddedPostgres(folder / "postgres")
        server.start()
        try:
            yield server.url
        finally:
            server.remove()
    else:
        yield POSTGRES


@contextmanager
def mariadb(rows: int) -> Iterator[str]:
    """A MariaDB table; yields the url of its database. Raises where there is no MariaDB."""
    url = sa.make_url(MARIADB)
    admin = pymysql.connect(
        host=str(url.host),
        port=url.port or 3306,
        user=url.username,
        password=url.password or "",
        autocommit=True,
    )
    with admin, admin.cursor() as cursor:
        cursor.execute(f"create database {NAME} character set utf8mb4")
        try:
            cursor.execute(f"use {NAME}")
            cursor.execute(f"create table {TABLE} as {IN_MARIADB.select(rows)}")
            there = url.set(drivername="mysql", database=NAME, port=url.port or 3306)
            yield there.render_as_string(False)
        finally:
            cursor.execute(f"drop database {NAME}")


def made_here(rows: int) -> pa.Table:
    """The rows in Arrow."""
    with duckdb.connect() as con:
        return con.sql(IN_DUCKDB.select(rows)).to_arrow_table()


def drop_csv(rows: int, folder: Path) -> Path:
    """A GB18030 file with CRLF and its manifest, as a department drops it; made in parts."""
    path, digest = folder / f"{TABLE}_20260101.csv", hashlib.sha256()
    with path.open("wb") as file, duckdb.connect() as con:
        header = (",".join(NAMES) + "\r\n").encode()
        digest.update(header)
        file.write(header)
        for part in stream(con, f"select {_csv_line()} as line from ({IN_DUCKDB.select(rows)})"):
            lines = part.column("line").to_pylist()
            data = "".join(f"{line}\r\n" for line in lines).encode("gb18030")
            digest.update(data)
            file.write(data)
    return _manifest(path, rows, digest.hexdigest())


def _csv_line() -> str:
    cells = (f"coalesce(cast(\"{name}\" as text), '')" for name in NAMES)
    return f"concat_ws(',', {', '.join(cells)})"


def drop_xlsx(rows: int, folder: Path) -> Path:
    """A workbook and its manifest."""
    path = folder / f"{TABLE}_20260101.xlsx"
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, NAMES)
    columns = (column.to_pylist() for column in made_here(rows).columns)
    for at, row in enumerate(zip(*columns, strict=True), 1):
        sheet.write_row(at, 0, row[:10])
        sheet.write_datetime(at, 10, row[10], day)
        sheet.write_datetime(at, 11, row[11], day)
    book.close()
    return _manifest(path, rows, hashlib.sha256(path.read_bytes()).hexdigest())


def _manifest(path: Path, rows: int, sha256: str) -> Path:
    path.with_name(f"{path.name}.ok").write_text(f"rows={rows}\nsha256={sha256}\n")
    return path


SHOP = FEEDS["city_management.shop"]


@dataclass(frozen=True)
class _Current:
    """What `encode` asks of a delivery."""

    table: pa.Table

    def current(self, feed: Feed, day: object) -> pa.Table:
        """The rows."""
        return self.table


@contextmanager
def rest(rows: int, folder: Path) -> Iterator[tuple[str, str]]:
    """The sandbox's HTTP server in a process of its own; yields its address and the HMAC secret."""
    state = State(folder, "no county", str(folder), "2026-01-01", pages={SHOP.id: "bench"})
    encode(_Current(made_here(rows)), SHOP, state.day, folder / "pages", "bench")  # type: ignore[arg-type]
    state.save()
    command = [sys.executable, "-m", "sandbox.transports.web", str(folder)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin is not None and server.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(server.stdout.readline())}", state.secret(SHOP.department)
    finally:
        server.stdin.close()
        server.wait()
        server.stdout.close()
