"""A county on the air: each department delivers over its real transport, on loopback.

    COUNTY/ + STATE/ ── serve ──► PostgreSQL, MariaDB · HTTP · DROP/ ──► Served.sources()

Secrets are made here and kept in STATE/secrets/ (0600); hub.toml refers to them by file.
Alone: ``hub sandbox serve DIR``, or ``python -m sandbox.serve DIR STATE DROP``.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pymysql
from sqlalchemy.engine import URL

from foundation.errors import HubError
from foundation.postgres import EmbeddedPostgres
from sandbox.county import County
from sandbox.delivery import Delivery
from sandbox.faults import NO_FAULTS, Faults
from sandbox.state import State, write_whole
from sandbox.toml import to_toml
from sandbox.transports import drop as file_drop
from sandbox.transports.encode import encode
from sandbox.transports.exchanges import (
    MARIADB,
    POSTGRES,
    bring,
    exchanges,
    known_departments,
)
from sandbox.transports.mariadb import MariaExchange, connect
from sandbox.transports.postgres import PostgresExchange
from sandbox.transports.web import CLIENT_ID, KEY_ID, PAGE_LIMIT

EMBEDDED = "embedded"
MARIADB_HERE = "mysql+pymysql://root@127.0.0.1:3306"


@dataclass
class Served:
    """A county being served: ``sources`` says where, ``stop`` ends what was started."""

    folder: Path
    http_port: int
    _running: ExitStack = field(repr=False)
    _closed_port: int = field(repr=False)
    _is_embedded: bool = field(repr=False)

    @property
    def state(self) -> State:
        """The state as it is now, after whatever advanced it."""
        return State.load(self.folder)

    def sources(self) -> dict[str, Any]:
        """hub.toml's sections county, departments and feeds. Secrets are ``{"file": path}``."""
        delivery = Delivery.of_state(self.state)
        delivered = {feed.department for feed in delivery.county.feeds()}
        ways = self._ways()
        sections: dict[str, Any] = {
            "county": {
                "division_code": delivery.county.division_code,
                "name": delivery.county.name,
            },
            "departments": {
                name: ways[name]() for name in known_departments() if name in delivered
            },
        }
        cards = [feed for feed in delivery.feeds("files") if feed.department != "civil_affairs"]
        if cards:
            sections["feeds"] = {feed.id: self._files(feed.department) for feed in cards}
        return sections

    def _ways(self) -> dict[str, Callable[[], dict[str, Any]]]:
        return {
            "public_security": lambda: self._sql("public_security"),
            "community": lambda: self._sql("community"),
            "city_management": lambda: self._rest(
                "page",
                {"kind": "hmac", "key_id": KEY_ID, "secret": self._secret("city_management")},
            ),
            "emergency": lambda: self._rest(
                "cursor",
                {
                    "kind": "oauth2",
                    "client_id": CLIENT_ID,
                    "token_path": "/oauth/token",
                    "client_secret": self._secret("emergency"),
                },
            ),
            "civil_affairs": lambda: self._files("civil_affairs"),
        }

    def _sql(self, department: str) -> dict[str, Any]:
        url = exchanges(self.state)[department].reading_url
        down = self._faults.at("database_down", department)
        place = URL.create(
            url.drivername,
            url.username,
            host=url.host,
            port=self._closed_port if down else url.port,
            database=url.database,
            query=url.query,
        )
        return {"transport": "sql", "url": str(place), "password": self._secret(department)}

    def _rest(self, paging: str, auth: dict[str, Any]) -> dict[str, Any]:
        base = f"http://127.0.0.1:{self.http_port}"
        return {
            "transport": "rest",
            "base_url": base,
            "paging": paging,
            "page_size": PAGE_LIMIT,
            "auth": auth,
        }

    def _files(self, department: str) -> dict[str, Any]:
        return {"transport": "files", "url": str(Path(self.state.drop) / department)}

    def _secret(self, department: str) -> dict[str, str]:
        self.state.secret(department)
        if self._faults.at("wrong_secret", department):
            return {"file": str(self.state.keep_secret(f"{department}.wrong", "not-the-secret"))}
        return {"file": str(self.state.secret_path(department))}

    @property
    def _faults(self) -> Faults:
        return Faults.parse(self.state.faults)

    def stop(self, purge: bool = False) -> None:
        """End the servers started here. ``purge``: also remove all that databases hold of it."""
        if purge:
            for exchange in exchanges(self.state).values():
                if not (self._is_embedded and isinstance(exchange, PostgresExchange)):
                    exchange.drop()
        self._running.close()
        if purge and self._is_embedded:
            EmbeddedPostgres(self.folder / "postgres").remove()

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(
    folder: str | Path,
    *,
    state: str | Path,
    drop: str | Path,
    http_port: int = 0,
    postgres_url: str | None = None,
    mariadb_url: str | None = None,
    faults: Faults = NO_FAULTS,
) -> Served:
    """Start serving a county folder in the background, at the day that ``state`` remembers.

    postgres_url: an administrator's URL, or None or "embedded" for one of our own below ``state``.
    mariadb_url: an administrator's URL; None tries root on this machine; "" means PostgreSQL.
    Serving twice from one state raises HubError. What is loaded already is not loaded again.
    """
    county = County(folder)
    kept = State.open(state, county.folder, county.as_of, drop)
    kept.switch(faults)
    with ExitStack() as started:
        _claim(kept, started)
        server = _start_http(kept, http_port, started)  # while it starts, the rows are loaded
        with kept.lock():
            if Delivery.of_state(kept).feeds("sql"):
                _keep_databases(kept, started, postgres_url, mariadb_url)
            _bring_up_to_date(kept)
            sweep_pages(kept)
        port = _port_of(server, http_port)
        closed = started.enter_context(socket.socket())
        closed.bind(
            ("127.0.0.1", 0)
        )  # bound and not listening: the address of a database that is down
        is_embedded = postgres_url in (None, EMBEDDED)
        closed_port = closed.getsockname()[1]
        return Served(kept.folder, port, started.pop_all(), closed_port, is_embedded)


def purge_shared(folder: str | Path) -> list[str]:
    """Remove what servers that are not ours hold of a county: databases and users on MariaDB.

    They are loaded again when it is served again. Returns their names. Raises HubError.
    """
    state = State.load(folder)
    if is_served(state):
        raise HubError(
            str(state.folder),
            "this county is being served",
            "nothing was removed",
            "stop the server first",
        )
    shared = [one for one in exchanges(state).values() if isinstance(one, MariaExchange)]
    for exchange in shared:
        try:
            exchange.drop()
        except pymysql.Error as error:
            raise HubError(
                f"sandbox {exchange.name}",
                f"MariaDB does not answer (error {error.args[0]})",
                "its database and user stay there",
                "run this again when it answers",
            ) from None
    return [exchange.name for exchange in shared]


def is_served(state: State) -> bool:
    """Whether a process serves from this state now."""
    with _marker(state) as handle:
        return not _try_lock(handle)


def _marker(state: State) -> IO[str]:
    return (state.folder / "serving").open("a")


def _try_lock(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _claim(state: State, started: ExitStack) -> None:
    """Hold a lock while serving: it ends with the process, however that ends."""
    handle = started.enter_context(_marker(state))
    if not _try_lock(handle):
        raise HubError(
            str(state.folder),
            "this state folder is being served already",
            "nothing was started",
            "stop the other server, or give another --state folder",
        )


def _keep_databases(
    state: State, started: ExitStack, postgres_url: str | None, mariadb_url: str | None
) -> None:
    """Settle which servers are used, and keep their addresses where advance finds them."""
    maria = _reachable_mariadb(mariadb_url)
    if maria:
        state.keep_secret(MARIADB, maria)
    else:
        state.secret_path(MARIADB).unlink(missing_ok=True)
    if postgres_url in (None, EMBEDDED):
        server = EmbeddedPostgres(state.folder / "postgres")
        server.start()
        started.callback(server.stop)
        postgres_url = server.url
    state.keep_secret(POSTGRES, str(postgres_url))


def _reachable_mariadb(url: str | None) -> str | None:
    """The MariaDB to use. One that was asked for must answer, the default need not."""
    if url == "":
        return None
    try:
        connect(url or MARIADB_HERE, timeout=2).close()
    except pymysql.Error as error:
        if url is None:
            return None
        raise HubError(
            "sandbox community",
            f"MariaDB does not answer (error {error.args[0]})",
            "nothing was started",
            "correct the URL, or leave it out to use PostgreSQL",
        ) from None
    return url or MARIADB_HERE


def _bring_up_to_date(state: State) -> None:
    """Databases, pages and files, side by side: they mostly work outside of Python."""
    delivery = Delivery.of_state(state)
    with ThreadPoolExecutor(2) as pool:
        work = [
            pool.submit(bring, exchange, delivery, department, state.day)
            for department, exchange in exchanges(state).items()
        ]
        work.append(pool.submit(refresh_pages, state))
        work.append(pool.submit(file_drop.deliver, delivery, state.day, Path(state.drop)))
        for step in work:
            step.result()
    state.save()


def refresh_pages(state: State) -> int:
    """Encode the REST feeds whose pages are of another day; returns how many. The caller saves."""
    delivery, folder = Delivery.of_state(state), state.folder / "pages"
    encoded = 0
    for feed in delivery.feeds("rest"):
        days = delivery.county.days_of(feed.id, state.day)
        stem = f"{feed.id}_{max(days, default=delivery.county.as_of):%Y%m%d}_{delivery.fingerprint}"
        if state.pages.get(feed.id) != stem or not (folder / f"{stem}.json").exists():
            encode(delivery, feed, state.day, folder, stem)
            state.pages[feed.id] = stem
            encoded += 1
    return encoded


def sweep_pages(state: State) -> None:
    """Remove the pages that state.json no longer names. A server that has them open keeps them."""
    endings = (".json", ".offsets.npy", ".order.npy")
    named = {stem + ending for stem in state.pages.values() for ending in endings}
    for path in (state.folder / "pages").glob("*"):
        if path.name not in named:
            path.unlink(missing_ok=True)


def _start_http(state: State, port: int, started: ExitStack) -> subprocess.Popen[str]:
    """Start the HTTP server in a process of its own, tied to ours by a pipe."""
    command = [sys.executable, "-m", "sandbox.transports.web", str(state.folder), str(port)]
    place = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    server = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=place
    )
    started.callback(_end, server)
    return server


def _port_of(server: subprocess.Popen[str], asked: int) -> int:
    """The port that the server prints when it listens."""
    assert server.stdout is not None
    line = server.stdout.readline()
    if not line.strip().isdecimal():
        raise HubError(
            "sandbox http",
            f"the server did not start on port {asked}",
            "nothing is served",
            "choose another port, or 0 for any free one",
        )
    return int(line)


def _end(server: subprocess.Popen[str]) -> None:
    """Close the pipe, which asks the server to end; do not wait for ever."""
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.close()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    server.stdout.close()


def serve_forever(
    folder: str | Path,
    *,
    write_config: Path | None = None,
    say: Callable[[str], None] = print,
    **options: Any,
) -> None:
    """Serve until interrupted or terminated; says where each is. Options as for ``serve``."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)  # also while the first rows are being loaded
    with serve(folder, **options) as served:
        say(describe(served))
        if write_config:
            write_whole(write_config, to_toml(served.sources()).encode())
            say(f"The sections for hub.toml are in {write_config}.")
        threading.Event().wait()


def _leave(*_: object) -> None:
    raise SystemExit(0)


def describe(served: Served) -> str:
    """Where each department is reachable, a line each, without secrets."""
    sections = served.sources()
    lines = [f"{sections['county']['name']} on {served.state.today}"]
    for name, section in {**sections["departments"], **sections.get("feeds", {})}.items():
        place = section.get("url") or section["base_url"]
        lines.append(f"  {name:<28} {section['transport']:<6} {place}")
    return "\n".join(lines)


if __name__ == "__main__":
    serve_forever(sys.argv[1], state=sys.argv[2], drop=sys.argv[3])
