"""Ten days with a department down for three: it catches up by itself, and is named while stale."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow.compute as pc
import pytest

from foundation.config import Config, Source
from foundation.config import County as CountyName
from foundation.home import Home
from foundation.lake import Lake
from pipelines.deliver import Delivery, deliver
from pipelines.hub import Hub
from pipelines.status import Unhealthy, feed_status, record_deliveries, unhealthy_feeds
from sandbox.build import build_county
from sandbox.county import County
from schemas import FEEDS, Feed

DOWN, UP = "community", "public_security"
FED = [FEEDS[f"{DOWN}.wish"], FEEDS[f"{UP}.resident_register"]]
DOWN_NIGHTS = (4, 5, 6)


class TenDays:
    """A small county whose departments are SQLite files, and the hub that pulls from them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        build_county(300, 5, folder / "county", days=10, as_of=date(2026, 6, 30))
        self.county = County(folder / "county")
        self.days = [self.county.as_of, *self.county.days]
        departments = {
            name: Source(f"departments.{name}", "sql", {"url": f"sqlite:///{folder / name}.db"})
            for name in (DOWN, UP)
        }
        home = Home(folder / "home")
        config = Config(CountyName("360731", "于都县"), departments, {})
        self.hub = Hub(home, config, Lake(home.lake), self.days[0])
        self.unhealthy: list[list[Unhealthy]] = []
        self.nights: list[list[Delivery]] = []

    def live(self, number: int) -> None:
        """One day at the departments, then the night's pull."""
        for feed in FED:
            self._bring(feed, self.days[number])
        hidden = self.folder / "away.db"
        database = self.folder / f"{DOWN}.db"
        if number in DOWN_NIGHTS:
            database.rename(hidden)
        self.hub = replace(self.hub, as_of=self.days[number])
        self.nights.append(self._night(number))
        self.unhealthy.append(unhealthy_feeds(self.hub))
        if hidden.exists():
            hidden.rename(database)

    def _night(self, number: int, reconcile: bool = False) -> list[Delivery]:
        deliveries = [deliver(self.hub, feed, reconcile=reconcile) for feed in FED]
        record_deliveries(self.hub, deliveries, f"night-{number}")
        return deliveries

    def compared(self) -> list[Delivery]:
        """One more night, on which every feed is compared with the whole of its source."""
        return self._night(len(self.nights), reconcile=True)

    def _bring(self, feed: Feed, day: date) -> None:
        rows = self.county.current(feed.id, day).select(list(feed.sources)).to_pylist()
        values = [[None if v is None else str(v) for v in row.values()] for row in rows]
        names = ", ".join(f'"{name}"' for name in feed.sources)
        with closing(sqlite3.connect(self.folder / f"{feed.department}.db")) as con, con:
            con.execute(f'drop table if exists "{feed.source}"')
            con.execute(f'create table "{feed.source}" ({names})')
            marks = ", ".join("?" for _ in feed.sources)
            con.executemany(f'insert into "{feed.source}" values ({marks})', values)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> TenDays:
    ten = TenDays(tmp_path_factory.mktemp("ten"))
    for number in range(len(ten.days)):
        ten.live(number)
    return ten


def test_each_night_names_what_is_stale_and_since_when(lived: TenDays) -> None:
    since = lived.days[DOWN_NIGHTS[0]]
    for number, unhealthy in enumerate(lived.unhealthy):
        expected = {f.id: since for f in FED if f.department == DOWN and number in DOWN_NIGHTS}
        assert {found.feed: found.since for found in unhealthy} == expected, number
        assert all(f"stale since {since}" in found.message for found in unhealthy)


def test_the_other_department_is_pulled_every_night(lived: TenDays) -> None:
    moved = [d.appended for night in lived.nights for d in night if d.feed.department == UP]
    assert all(d.state == "ok" for night in lived.nights for d in night if d.feed.department == UP)
    assert sum(moved[number] for number in DOWN_NIGHTS) > 0


def test_every_night_balances(lived: TenDays) -> None:
    assert all(delivery.balanced for night in lived.nights for delivery in night)


def test_the_department_catches_up_by_itself(lived: TenDays) -> None:
    waiting = [d for d in lived.nights[DOWN_NIGHTS[-1] + 1] if d.feed.department == DOWN]
    assert sum(delivery.appended for delivery in waiting) > 0
    assert {row["state"] for row in feed_status(lived.hub)} == {"ok"}
    assert {row["stale_since"] for row in feed_status(lived.hub)} == {None}


def test_the_three_days_lost_nothing_and_a_reconciliation_mends_the_rest(lived: TenDays) -> None:
    """Rows that came later than the look-back reaches are missed by any increment, down or not."""
    found = [delivery.pull.compared for delivery in lived.compared()]
    assert [one and one.missed - one.deleted for one in found] == [
        _too_late(lived, feed) for feed in FED
    ]
    assert {one and one.missed for one in (d.pull.compared for d in lived.compared())} == {0}


def _too_late(lived: TenDays, feed: Feed) -> int:
    """Rows delivered so late that the first pull after them began behind their own time."""
    first = lived.county.current(feed.id, lived.days[0])[str(feed.cursor)].to_pylist()
    reached, waiting, missed = max(first), [], 0
    for number, day in enumerate(lived.days[1:], 1):
        changes = lived.county.changes(feed.id, day)
        rows = changes.filter(pc.field("__op") != "D") if changes is not None else None
        waiting += rows[str(feed.cursor)].to_pylist() if rows is not None else []
        if feed.department == DOWN and number in DOWN_NIGHTS:
            continue
        missed += sum(at < reached - feed.lookback for at in waiting)
        reached, waiting = max([reached, *waiting]), []
    return missed
