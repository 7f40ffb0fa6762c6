"""The sql connector stands what every connector must, on PostgreSQL, MariaDB and SQLite."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.mysql import DATETIME

from foundation.errors import SourceUnreachable
from schemas.columns import PERSONAL, text, timestamp
from schemas.model import Delivery, Feed
from tests.connectors.conformance import CANARY, Bench, Conformance, Ledger, Options, Row
from tests.connectors.cutting import cut_after

FEED = Feed(
    "community",
    "visit_of_the_suite",
    "one row a visit",
    "走访",
    "sql",
    "suite_visit",
    ("id",),
    (
        text("id", "visit_id", "number of the visit", "编号"),
        text("name", "name", "who was visited", "姓名", PERSONAL),
        text("note", "note", "what was seen", "备注", PERSONAL),
        timestamp("updated_at", "updated_at", "when it was last changed", "更新时间"),
    ),
    Delivery.CURSOR,
    cursor="updated_at",
)
NO_PAGES = "a pull is one statement in one snapshot of the database: there are no pages"
NO_TOKENS = "a connection is opened once for a pull: no token ends while it lasts"
NO_BOM = "a database sends values over its own protocol: no text begins with a mark"
NO_LIMIT = "a database does not answer that we ask too often: it refuses, which is unreachable"


class SqlBench(Bench):
    """A table of a database, dropped afterwards."""

    transport = "sql"
    feed = FEED
    exempt: ClassVar = {
        "a_page_repeated": NO_PAGES,
        "a_row_that_slides_between_pages": NO_PAGES,
        "a_server_that_says_wait": NO_LIMIT,
        "a_token_that_expires_in_mid_paging": NO_TOKENS,
        "a_byte_order_mark": NO_BOM,
    }

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        if self.url.drivername == "mysql":
            self.url = self.url.set(drivername="mysql+pymysql")
        self.engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        self.shape: str | None = "none yet"

    def options(self) -> Options:
        return {"url": self.url.render_as_string(False), "batch_rows": self.page}

    def unreachable(self) -> Options:
        return {"url": self.url.set(port=1).render_as_string(False)}

    def denied(self) -> Options:
        # PostgreSQL on loopback may trust everyone, so the account is one that does not exist
        url = self.url.set(username="nobody_at_all", password=None)
        return {"url": url.render_as_string(False), "password": CANARY}

    @contextmanager
    def truncated(self) -> Iterator[Options]:
        port = self.url.port or self.engine.dialect.default_port
        with cut_after(port, 60_000) as cut:
            yield {"url": self.url.set(host="127.0.0.1", port=cut).render_as_string(False)}

    def cursor_from_the_future(self, ledger: Ledger) -> str:
        return json.dumps({"sql": "2999-01-01 00:00:00"})

    def put(self, rows: list[Row], drift: str | None = None) -> None:
        table = self._table(drift)
        values = [_drifted(row, drift) for row in rows]
        if drift != self.shape:
            table.drop(self.engine, checkfirst=True)
            table.create(self.engine)
            self.shape = drift
        with self.engine.begin() as connection:
            connection.execute(table.delete())
            connection.execute(table.insert(), values)

    def _table(self, drift: str | None) -> sa.Table:
        stamp = DATETIME(fsp=6) if self.engine.dialect.name == "mysql" else sa.DateTime()
        note = sa.Column("note", sa.BigInteger if drift == "retyped" else sa.Text)
        columns = {
            "added": [note, sa.Column("more", sa.String(9))],
            "missing": [],
            "renamed": [sa.Column("remark", sa.Text)],
        }.get(drift or "", [note])
        fixed = (sa.Column("id", sa.String(40)), sa.Column("name", sa.Text))
        moment = sa.Column("updated_at", stamp)
        return sa.Table("suite_visit", sa.MetaData(), *fixed, *columns, moment)


def _drifted(row: Row, drift: str | None) -> dict[str, object]:
    moment = row["updated_at"] and dt.datetime.fromisoformat(row["updated_at"])
    values: dict[str, object] = {**row, "updated_at": moment}
    note = values.pop("note")
    if drift in (None, "added"):
        values["note"] = note
    if drift == "added":
        values["more"] = "x"
    if drift == "renamed":
        values["remark"] = note
    if drift == "retyped":
        values["note"] = int(str(note))
    return values


@contextmanager
def _dropped(bench: SqlBench) -> Iterator[SqlBench]:
    yield bench
    bench._table(None).drop(bench.engine, checkfirst=True)
    bench.engine.dispose()


class TestPostgresql(Conformance):
    @pytest.fixture
    def bench(self, postgres_url: str) -> Iterator[Bench]:
        with _dropped(SqlBench(postgres_url)) as bench:
            yield bench


class TestMariadb(Conformance):
    @pytest.fixture
    def bench(self, mariadb_url: str) -> Iterator[Bench]:
        with _dropped(SqlBench(mariadb_url)) as bench:
            yield bench


class SqliteBench(SqlBench):
    """A SQLite file, written to as others read (WAL)."""

    exempt: ClassVar = {
        **SqlBench.exempt,
        "wrong_credentials_are_denied_and_never_shown": "a SQLite file knows no accounts",
    }

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"sqlite:///{path}")
        with closing(sqlite3.connect(path)) as con:
            con.execute("pragma journal_mode = wal")

    def unreachable(self) -> Options:
        return {"url": f"sqlite:///{self.path.with_name('gone.db')}"}

    @contextmanager
    def truncated(self) -> Iterator[Options]:
        with closing(sqlite3.connect(self.path)) as con:
            con.execute("pragma wal_checkpoint(truncate)")
        whole = self.path.read_bytes()
        short = self.path.with_name("short.db")
        short.write_bytes(whole[: len(whole) // 2])
        yield {"url": f"sqlite:///{short}"}


class TestSqlite(Conformance):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[Bench]:
        with _dropped(SqliteBench(tmp_path / "exchange.db")) as bench:
            yield bench

    def test_a_file_that_is_not_there_is_not_made(self, bench: Bench) -> None:
        source = bench.connector(bench.unreachable())
        with pytest.raises(SourceUnreachable):
            source.check()
        assert not Path(sa.make_url(bench.unreachable()["url"]).database or "").exists()
