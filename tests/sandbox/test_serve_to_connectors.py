"""What the sandbox writes into hub.toml lets the hub's own connectors read every feed."""

from __future__ import annotations

from pathlib import Path

import pytest
from plain_clients import Start

from connectors import Pull, make
from foundation.config import load_config
from foundation.errors import SourceDenied, SourceUnreachable
from foundation.home import Home
from sandbox.advance import advance
from sandbox.county import County
from sandbox.faults import Faults
from sandbox.serve import Served
from sandbox.state import State
from sandbox.toml import to_toml
from schemas import FEEDS, Feed


def read(
    served: Served, home: Home, feed: Feed, since: str | None = None
) -> tuple[int, str | None]:
    """Rows of one pull and the cursor after it."""
    home.config_file.write_text(to_toml(served.sources()), "utf-8")
    source = load_config(home).source(feed.id)
    pull = Pull(feed.sources, feed.key, feed.cursor, since, delivery=feed.delivery.value)
    rows, cursor = 0, since
    for batch in make(source.transport, source.revealed(), feed).read(pull):
        assert not batch.unreadable
        rows, cursor = rows + batch.rows.num_rows, batch.cursor
    return rows, cursor


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "hub")
    home.lake.touch()
    return home


@pytest.mark.parametrize("database", ["postgresql", "mariadb"])
def test_every_feed_is_read_whole_and_then_only_what_is_new(
    start: Start, home: Home, database: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("mariadb_url") if database == "mariadb" else ""
    served = start(only="community" if database == "mariadb" else "", mariadb_url=url)
    feeds = County(served.state.county).feeds()
    first = {feed.id: read(served, home, feed) for feed in feeds}
    assert {key: rows for key, (rows, _) in first.items()} == dict.fromkeys(first, 7)
    advance(served.state.county, served.state.folder)
    for feed in feeds:
        rows, _ = read(served, home, feed, first[feed.id][1])
        assert 2 <= rows <= 8, feed.id


def test_the_embedded_database_serves_and_a_wrong_secret_is_told(start: Start, home: Home) -> None:
    register = FEEDS["public_security.resident_register"]
    served = start(only=register.id, postgres_url="embedded")
    assert read(served, home, register)[0] == 7
    served.stop()
    with pytest.raises(SourceDenied):
        read(start("wrong_secret", postgres_url="embedded"), home, register)


def test_a_database_that_is_down_is_told_as_unreachable(start: Start, home: Home) -> None:
    wish = FEEDS["community.wish"]
    with pytest.raises(SourceUnreachable):
        read(start("database_down", only=wish.id), home, wish)


def test_the_connectors_outlast_what_goes_wrong_in_paging(start: Start, home: Home) -> None:
    served = start(only=("emergency.hazard", "city_management.case"))
    for fault in ("http_5xx=3", "rate_limit=3", "expired_token=2", "sliding_page=2"):
        State.load(served.state.folder).switch(Faults.parse([fault]))
        for key in ("emergency.hazard_site", "city_management.case"):
            assert read(served, home, FEEDS[key])[0] >= 7, fault
