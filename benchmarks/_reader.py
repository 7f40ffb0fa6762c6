"""A reader that polls the warehouse's PostgreSQL throughout, and says when it saw half of a night.

    process: one REPEATABLE READ transaction, one single statement, one, ... -> what was torn

Each read takes the publication's row, the size and the hash of every table, and what must fit: the
crosswalk its residents, members their households, the change feed the publication. The same
publication must always look the same, however it is read; and a follower that applies the
change feed to a copy must always hold what the tables hold. Needs no secrets beyond the home's.
Used by benchmarks.chaos.
"""

import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg

from foundation.home import Home
from foundation.postgres import EmbeddedPostgres
from pipelines.publish.contract import API, BASE, shown_key
from schemas.derive import quoted
from schemas.warehouse import TABLES

PAUSE_S = 0.5
Seen = tuple[Any, ...]

_PUBLICATION = f"select snapshot, as_of, build_id, published_at from {BASE}.publication"
# Each yields 0 in every whole state.
_MISFITS = {
    "mentions without their resident": f"""select count(*) from {BASE}.crosswalk c
        where not exists (select from {BASE}.resident r where r.resident_id = c.resident_id)""",
    "residents without a mention": f"""select count(*) from {BASE}.resident r
        where not exists (select from {BASE}.crosswalk c where c.resident_id = r.resident_id)""",
    "members without their household": f"""select count(*) from {BASE}.household_member m
        where not exists (select from {BASE}.household h where h.household_id = m.household_id)""",
    "residents' counted mentions": f"""select coalesce(sum(mention_count), 0)
        - (select count(*) from {BASE}.crosswalk) from {BASE}.resident""",
    "change feed against publication": f"""select coalesce(max(snapshot), 0)
        - (select snapshot from {BASE}.publication) from {BASE}.change_feed""",
}


class Reader:
    """The polling process of one home, as a context. After it ended: reads, publications, torn."""

    def __init__(self, home: Home, folder: Path) -> None:
        self._home, self._notes = home, folder / "reader.json"
        self._stop = folder / "reader.stop"
        self.reads, self.publications = 0, 0
        self.torn: list[str] = []

    def __enter__(self) -> "Reader":
        command = [sys.executable, "-m", __name__, str(self._home.path), str(self._notes)]
        self._stop.unlink(missing_ok=True)
        self._process = subprocess.Popen([*command, str(self._stop)])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.touch()
        code = self._process.wait(120)
        if error is None and code:
            raise RuntimeError(f"the reader ended with {code}")
        if error is None:
            found = json.loads(self._notes.read_text())
            self.reads, self.publications = found["reads"], found["publications"]
            self.torn = found["torn"]


class _Watch:
    """What was read so far: how each publication looks, and the follower's copy."""

    def __init__(self) -> None:
        self.reads = 0
        self.torn: list[str] = []
        self.looks: dict[Seen, Seen] = {}
        self.copy: dict[str, set[Seen]] = {}
        self.position = 0
        self.followed: Seen | None = None

    def in_one_statement(self, connection: psycopg.Connection[Any]) -> None:
        """The whole look as one SELECT."""
        parts = ", ".join(f"({sql})" for sql in (*_looks().values(), *_MISFITS.values()))
        sql = f"select p.*, {parts} from ({_PUBLICATION}) as p"
        for row in connection.execute(sql).fetchall():
            self._compare("one statement", row[:4], row[4:])

    def in_one_transaction(self, connection: psycopg.Connection[Any]) -> None:
        """The same, piece by piece, under REPEATABLE READ; and what a follower would do."""
        with connection.transaction():
            connection.execute("set transaction isolation level repeatable read, read only")
            for publication in connection.execute(_PUBLICATION).fetchall():
                sqls = (*_looks().values(), *_MISFITS.values())
                look = tuple(connection.execute(sql).fetchall()[0][0] for sql in sqls)
                self._compare("one transaction", publication, look)
                self._follow(connection, publication)

    def _compare(self, how: str, publication: Seen, look: Seen) -> None:
        self.reads += 1
        known = self.looks.setdefault(publication, look)
        if known != look:
            named = [n for n, a, b in zip(_names(), known, look, strict=True) if a != b]
            self.torn.append(f"{how}, snapshot {publication[0]}: {', '.join(named)} changed")
        misfits = look[len(_looks()) :]
        self.torn += [
            f"{how}, snapshot {publication[0]}: {name}: {found}"
            for name, found in zip(_MISFITS, misfits, strict=True)
            if found
        ]

    def _follow(self, connection: psycopg.Connection[Any], publication: Seen) -> None:
        """Apply the changes since last time to the copy, and compare it with the tables."""
        if self.followed == publication:
            return
        changes = connection.execute(
            f"select position, table_name, op, key from {API}.change where position > %s"
            " order by position",
            [self.position],
        ).fetchall()
        for position, table, op, key in changes:
            self.position = position
            if table in _followed() and op != "reload":
                row = tuple(str(key[name]) for name in _followed()[table])
                rows = self.copy.setdefault(table, set())
                (rows.add if op == "upsert" else rows.discard)(row)
            elif table in _followed():
                self.copy[table] = _keys(connection, table)
        wrong = [t for t in _followed() if self.copy.get(t, set()) != _keys(connection, t)]
        self.torn += [f"follower, snapshot {publication[0]}: {table}" for table in wrong]
        self.followed = publication


def _looks() -> dict[str, str]:
    """By table: its size and an order-free hash of its rows."""
    return {
        name: f"select count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)), 0)"
        f" from {BASE}.{quoted(name)} as t"
        for name in TABLES
    }


def _names() -> list[str]:
    return [*_looks(), *_MISFITS]


def _followed() -> dict[str, tuple[str, ...]]:
    """The tables whose keys the change feed shows in full."""
    return {
        t.name: t.key for t in TABLES.values() if shown_key(t) and set(shown_key(t)) == set(t.key)
    }


def _keys(connection: psycopg.Connection[Any], table: str) -> set[Seen]:
    names = ", ".join(f"to_jsonb({quoted(name)}) #>> '{{}}'" for name in _followed()[table])
    return {
        tuple(map(str, row))
        for row in connection.execute(f"select {names} from {BASE}.{quoted(table)}")
    }


def watch(home: Home, notes: Path, stop: Path) -> None:
    """Poll until `stop` exists. A server that is down, or has no warehouse yet, is no torn read."""
    seen = _Watch()
    postgres = EmbeddedPostgres(home.postgres)
    while not stop.exists():
        with suppress(psycopg.OperationalError, psycopg.errors.UndefinedTable, FileNotFoundError):
            if postgres.folder.joinpath("port").exists():
                with psycopg.connect(
                    postgres.url, connect_timeout=5, autocommit=True
                ) as connection:
                    _poll(seen, connection, stop)
        time.sleep(PAUSE_S)
    notes.write_text(
        json.dumps({"reads": seen.reads, "publications": len(seen.looks), "torn": seen.torn})
    )


def _poll(seen: _Watch, connection: psycopg.Connection[Any], stop: Path) -> None:
    while not stop.exists():
        seen.in_one_statement(connection)
        seen.in_one_transaction(connection)
        time.sleep(PAUSE_S)


if __name__ == "__main__":
    watch(Home(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
