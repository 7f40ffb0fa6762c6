"""The rest connector stands what every connector must: on the sandbox's server (numbered signed
pages, opaque cursors under OAuth2) and on Datasette, which nobody here wrote.
"""

from __future__ import annotations

import datetime as dt
import json
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pyarrow as pa
import pytest
import uvicorn
from datasette.app import Datasette

from connectors import rest
from sandbox.faults import Faults
from sandbox.state import State
from sandbox.transports.encode import encode
from sandbox.transports.web import CLIENT_ID, KEY_ID
from schemas import FEEDS, Feed
from schemas.columns import PERSONAL, text, timestamp
from schemas.model import Delivery
from tests.connectors.conformance import CANARY, Bench, Conformance, Ledger, Options, Row
from tests.connectors.cutting import cut_after

NO_BOM = "this server writes its JSON without a byte order mark"
NO_KEYS = "a signature holds for one request: there is no token that could expire"
TROUBLE = {
    "rate_limit": "rate_limit=3",
    "expired_token": "expired_token=2",
    "page_repeated": "duplicate_page=2",
    "page_slides": "sliding_page=2",
}


class RestBench(Bench):
    """An endpoint; small pages, and a batch for each."""

    transport = "rest"
    url: str

    def unreachable(self) -> Options:
        return {**self.options(), "base_url": "http://127.0.0.1:1", "retries": 0}

    @contextmanager
    def truncated(self) -> Iterator[Options]:
        with cut_after(urlsplit(self.url).port or 0, 30_000) as port:
            yield {**self.options(), "base_url": f"http://127.0.0.1:{port}", "retries": 1}

    def stamp(self, moment: dt.datetime) -> str:
        return moment.replace(microsecond=0).isoformat()


def drifted(row: Row, drift: str | None, note: str) -> dict[str, Any]:
    values: dict[str, Any] = dict(row)
    held = values.pop(note)
    if drift in (None, "added"):
        values[note] = held
    if drift == "added":
        values["more"] = "x"
    if drift == "renamed":
        values["remark"] = held
    if drift == "retyped":
        values[note] = int(str(held))
    return values


@dataclass
class Sandbox:
    """The sandbox's HTTP server in its own process, and the state that it serves."""

    folder: Path
    url: str
    writes: int = 0

    def put(self, feed: Feed, rows: list[dict[str, Any]]) -> None:
        """Make these the rows that the server has."""
        self.writes += 1
        stem = f"suite{self.writes}"
        table = pa.Table.from_pylist(rows)
        encode(_Current(table), feed, dt.date(2024, 4, 1), self.folder / "pages", stem)  # type: ignore[arg-type]
        state = State.load(self.folder)
        state.pages[feed.id] = stem
        state.save()

    def switch(self, *faults: str) -> None:
        State.load(self.folder).switch(Faults.parse(faults))


@dataclass
class _Current:
    """What `encode` asks of a delivery."""

    table: pa.Table

    def current(self, feed: Feed, day: dt.date) -> pa.Table:
        return self.table


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("state")
    State(folder, "no county", str(folder / "drop"), "2024-04-01").save()
    command = [sys.executable, "-m", "sandbox.transports.web", str(folder)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin is not None and server.stdout is not None
    yield Sandbox(folder, f"http://127.0.0.1:{int(server.stdout.readline())}")
    server.stdin.close()
    server.wait()
    server.stdout.close()


class SandboxBench(RestBench):
    """One feed of the sandbox's server."""

    note, cursor = "address", "updatedAt"
    paging: str
    secret: str

    def __init__(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sandbox, self.url = sandbox, sandbox.url
        self.auth = self.sign(State.load(sandbox.folder).secret(self.feed.department))
        sandbox.switch()
        monkeypatch.setattr(rest, "BATCH_ROWS", self.page)

    def sign(self, secret: str) -> Options:
        raise NotImplementedError

    def options(self) -> Options:
        given = {"base_url": self.url, "paging": self.paging, "page_size": self.page}
        return {**given, "auth": self.auth}

    def denied(self) -> Options:
        return {**self.options(), "auth": self.sign(CANARY)}

    def put(self, rows: list[Row], drift: str | None = None) -> None:
        self.sandbox.put(self.feed, [drifted(row, drift, self.note) for row in rows])

    @contextmanager
    def trouble(self, kind: str) -> Iterator[None]:
        self.sandbox.switch(TROUBLE[kind])
        yield
        self.sandbox.switch()


class SignedPages(SandboxBench):
    """City management: numbered pages, HMAC."""

    feed = FEEDS["city_management.shop"]
    key, paging = "shopId", "page"
    exempt: ClassVar = {"a_byte_order_mark": NO_BOM, "a_token_that_expires_in_mid_paging": NO_KEYS}

    def sign(self, secret: str) -> Options:
        return {"kind": "hmac", "key_id": KEY_ID, "secret": secret}

    def cursor_from_the_future(self, ledger: Ledger) -> str:
        return json.dumps({"rest": "2999-01-01T00:00:00"})


class OpaqueCursors(SandboxBench):
    """Emergency: opaque cursors, OAuth2."""

    feed = FEEDS["emergency.shelter"]
    key, paging = "shelterId", "cursor"
    exempt: ClassVar = {"a_byte_order_mark": NO_BOM}

    def sign(self, secret: str) -> Options:
        client = {"client_id": CLIENT_ID, "client_secret": secret}
        return {"kind": "oauth2", "token_path": "/oauth/token", **client}

    def cursor_from_the_future(self, ledger: Ledger) -> str:
        """One that the server gave out before it lost its memory: it answers 410."""
        state = State.load(self.sandbox.folder)
        state.today = (state.day + dt.timedelta(days=1)).isoformat()
        state.switch(Faults.parse(["cursor_expired"]))
        return str(ledger.cursor)


class TestSignedPages(Conformance):
    @pytest.fixture
    def bench(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Bench:
        return SignedPages(sandbox, monkeypatch)


class TestOpaqueCursors(Conformance):
    @pytest.fixture
    def bench(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Bench:
        return OpaqueCursors(sandbox, monkeypatch)


VISIT = Feed(
    "community",
    "visit_of_the_suite",
    "one row a visit",
    "走访",
    "rest",
    "/suite/visit.json?_shape=objects&_sort=updated_at",
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
DATASETTE_PAGES = "Datasette's page token names the row to go on after: its pages neither repeat"
DATASETTE = {
    "a_byte_order_mark": NO_BOM,
    "a_page_repeated": f"{DATASETTE_PAGES} nor slide",
    "a_row_that_slides_between_pages": f"{DATASETTE_PAGES} nor slide",
    "a_server_that_says_wait": "Datasette answers however often it is asked",
    "a_token_that_expires_in_mid_paging": "Datasette has no tokens without a plugin",
}


@pytest.fixture(scope="module")
def datasette(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Datasette on a free port: its address, and the SQLite file that it shows."""
    folder = tmp_path_factory.mktemp("datasette")
    path, hidden = folder / "suite.db", folder / "hidden.db"
    for made in (path, hidden):
        with closing(sqlite3.connect(made)) as con:
            con.executescript("pragma journal_mode = wal; create table visit (id)")
    metadata = {"databases": {"hidden": {"allow": False}}}
    shown = Datasette([str(path), str(hidden)], metadata=metadata)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(shown.app(), log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", path
    server.should_exit = True
    thread.join()


class DatasetteLinks(RestBench):
    """Datasette's JSON: each page links to the next."""

    feed = VISIT
    exempt: ClassVar = DATASETTE
    paging: ClassVar[Any] = {
        "style": "link",
        "size": "_size",
        "next": "next_url",
        "since": "updated_at__gte",
    }

    def __init__(self, served: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
        self.url, self.path = served
        monkeypatch.setattr(rest, "BATCH_ROWS", self.page)

    def options(self) -> Options:
        envelope = {"list": "rows"}
        given = {"base_url": self.url, "paging": self.paging, "envelope": envelope}
        return {**given, "page_size": self.page}

    def denied(self) -> Options:
        path = self.feed.source.replace("/suite/", "/hidden/")
        return {**self.options(), "path": path, "auth": {"kind": "bearer", "token": CANARY}}

    def put(self, rows: list[Row], drift: str | None = None) -> None:
        values = [drifted(row, drift, self.note) for row in rows]
        columns = ", ".join(f"{n} primary key" if n == "id" else n for n in values[0])
        marks = ", ".join(f":{name}" for name in values[0])
        with closing(sqlite3.connect(self.path)) as con, con:
            con.execute("begin")  # by itself Python begins at the first insert: no table till then
            con.execute("drop table visit")
            con.execute(f"create table visit ({columns})")
            con.executemany(f"insert into visit values ({marks})", values)

    def cursor_from_the_future(self, ledger: Ledger) -> str:
        return json.dumps({"rest": "2999-01-01T00:00:00"})


class DatasetteCursors(DatasetteLinks):
    """The same answers, followed by the token that they name."""

    feed = replace(VISIT, name="visit_by_cursor")
    exempt: ClassVar = {
        **DATASETTE,
        "a_cursor_from_the_future": "the token is opaque to the hub, and Datasette never says 410",
    }
    paging: ClassVar[Any] = {
        "style": "cursor",
        "cursor": "_next",
        "size": "_size",
        "next": "next",
    }


class TestDatasetteLinks(Conformance):
    @pytest.fixture
    def bench(self, datasette: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> Bench:
        return DatasetteLinks(datasette, monkeypatch)


class TestDatasetteCursors(Conformance):
    @pytest.fixture
    def bench(self, datasette: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> Bench:
        return DatasetteCursors(datasette, monkeypatch)
