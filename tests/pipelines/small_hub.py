"""A hub in a temporary folder over one feed, whose department is a SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from looking import looking

from foundation.config import Config, County, Source
from foundation.engine import attach, stream
from foundation.home import Home
from foundation.lake import Lake
from pipelines.conform.run import ConformReport, conform_feed
from pipelines.hub import Hub
from pipelines.pull import PullReport, pull_feed
from schemas import FEEDS, Feed

Rows = Iterable[Mapping[str, str | None]]


@dataclass(frozen=True)
class SmallHub:
    """One feed's department and the hub that pulls from it."""

    hub: Hub
    feed: Feed
    database: Path

    def deliver(self, rows: Rows, more_columns: tuple[str, ...] = ()) -> None:
        """Make these rows, and no others, what the department has now."""
        names = [*self.feed.sources, *more_columns]
        with closing(sqlite3.connect(self.database)) as con, con:
            con.execute(f'drop table if exists "{self.feed.source}"')
            columns = ", ".join(f'"{name}" text' for name in names)
            con.execute(f'create table "{self.feed.source}" ({columns})')
            marks = ", ".join("?" for _ in names)
            con.executemany(
                f'insert into "{self.feed.source}" values ({marks})',
                [[row.get(name) for name in names] for row in rows],
            )

    def night(self, *, full: bool = False) -> tuple[PullReport, ConformReport]:
        """Pull and conform; the night must balance."""
        pulled = pull_feed(self.hub, self.feed, full=full)
        settled = conform_feed(self.hub, self.feed, pulled)
        assert settled.balanced
        return pulled, settled

    def rows(self, zone: str) -> dict[str, dict[str, Any]]:
        """The table's rows by key."""
        table = self.hub.lake.table(zone, self.feed.table)
        if not table.exists:
            return {}
        with looking() as con:
            attach(con, self.hub.lake, [table.full_name])
            found = stream(con, f"from {table.full_name}").read_all().to_pylist()
        assert len({row["_key"] for row in found}) == len(found) or zone == "raw"
        return {row["_key"]: row for row in found}

    def raw(self) -> list[dict[str, Any]]:
        """All raw rows."""
        name = f"raw.{self.feed.table}"
        with looking() as con:
            attach(con, self.hub.lake, [name])
            rows: list[dict[str, Any]] = stream(con, f"from {name}").read_all().to_pylist()
        return rows

    def versions(self) -> dict[str, int]:
        """The number of the last commit of every table."""
        return {table.full_name: table.version for table in self.hub.lake.tables()}


def small_hub(folder: Path, feed_id: str, source: Source | None = None) -> SmallHub:
    """A new hub below ``folder``; SQLite delivers the feed unless ``source`` says otherwise."""
    feed, database = FEEDS[feed_id], folder / "department.db"
    given = source or Source("departments.x", "sql", {"url": f"sqlite:///{database}"})
    config = Config(County("360731", "于都县"), {feed.department: given}, {})
    home = Home(folder / "home")
    return SmallHub(Hub(home, config, Lake(home.lake), date(2026, 3, 1)), feed, database)
