"""What was kept long enough goes, and what conform makes of the rest is as it was."""

from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from small_hub import SmallHub, small_hub

from foundation.config import Retention, parse_config
from foundation.errors import ConfigError
from foundation.home import Home
from foundation.postgres import EmbeddedPostgres
from pipelines.conform.run import conform_feed
from pipelines.retention import apply_retention

VISITOR = "public_security.floating_population"
LATER = date(2040, 1, 1)  # rows are received today, whatever the business date


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server with a change feed of five entries."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("retention") / "postgres")
    try:
        with closing(psycopg.connect(server.start().url, autocommit=True)) as connection:
            connection.execute("create schema warehouse")
            connection.execute(
                "create table warehouse.change_feed"
                " (position bigint generated always as identity primary key, op text)"
            )
            connection.execute(
                "insert into warehouse.change_feed (op) select 'upsert' from generate_series(1, 5)"
            )
        yield server.url
    finally:
        server.remove()


def visitor(no: str, name: str, day: int, number: str = "36073119900307002X") -> dict[str, str]:
    at = f"2026-02-{day:02} 08:00:00"
    return {"DJBH": no, "ZJLXDM": "111", "ZJHM": number, "XM": name, "GXSJ": at}


def at(hub: SmallHub, day: date, **kept: int) -> SmallHub:
    """The same hub on another day, which keeps what is not named for good."""
    own = Retention(**{name: kept.get(name, 0) for name in vars(Retention())})
    config = replace(hub.hub.config, retention=own)
    return replace(hub, hub=replace(hub.hub, as_of=day, config=config))


def conformed(hub: SmallHub) -> dict[str, Any]:
    return {key: (row["name"], row["_hash"]) for key, row in hub.rows("conformed").items()}


def three_nights(hub: SmallHub) -> None:
    """One who was renamed, one who went, one who stayed, and one whose last row is bad."""
    hub.deliver([visitor(n, "王芳", 1) for n in "1234"])
    hub.night(full=True)
    hub.deliver([visitor("1", "王方", 2), visitor("3", "王芳", 1), visitor("4", "王芳", 2, "1101")])
    hub.night(full=True)
    hub.deliver([visitor("1", "王方", 2), visitor("3", "王芳", 1), visitor("9", "李明", 3),
                 visitor("4", "王芳", 2, "1101")])  # fmt: skip
    hub.night(full=True)


def test_overtaken_rows_go_and_the_same_is_made_of_the_rest(tmp_path: Path, url: str) -> None:
    hub = small_hub(tmp_path, VISITOR)
    three_nights(hub)
    before, rows = conformed(hub), len(hub.raw())
    old = at(hub, LATER, raw_history=1000)
    went = apply_retention(old.hub, url, now=True)
    assert went["raw_history"] == rows - len(hub.raw()) > 0
    assert "2" not in {row["_key"] for row in hub.raw()}
    conform_feed(hub.hub, hub.feed, anew=True)
    assert conformed(hub) == before
    again, _ = hub.night(full=True)
    assert (again.appended, again.removed) == (0, 0)


def test_nothing_goes_before_its_time_nor_twice_a_week(tmp_path: Path, url: str) -> None:
    hub = small_hub(tmp_path, VISITOR)
    three_nights(hub)
    versions = hub.versions()
    for name in vars(Retention()):
        assert (
            apply_retention(at(hub, date(2026, 12, 31), **{name: 36_000}).hub, url, now=True) == {}
        )
    assert hub.versions() == versions
    swept = at(hub, date(2026, 12, 31), raw_history=1)
    assert apply_retention(swept.hub, url) == {}, "a week has not passed"


def test_rows_that_nobody_mended_go_with_what_raw_has_of_them(tmp_path: Path, url: str) -> None:
    hub = small_hub(tmp_path, VISITOR)
    hub.deliver([visitor("1", "", 1, "") | {"ZJHM": "", "XM": ""}, visitor("2", "王芳", 1)])
    hub.night()
    assert list(hub.rows("quarantine")) == ["1"]
    hub.deliver([visitor("3", "李明", 3)])
    hub.night()
    went = apply_retention(at(hub, LATER, quarantine=1000).hub, url, now=True)
    assert went == {"quarantine": 1}
    assert hub.rows("quarantine") == {} and {r["_key"] for r in hub.raw()} == {"2", "3"}


def test_old_files_to_the_departments_go(tmp_path: Path, url: str) -> None:
    hub = small_hub(tmp_path, VISITOR)
    folder = hub.hub.home.feedback / "community"
    folder.mkdir()
    for name in ("2025-01-01.xlsx", "2025-01-01.parquet", "2026-03-01.xlsx"):
        (folder / name).write_bytes(b"x")
    went = apply_retention(at(hub, date(2026, 3, 1), feedback=100).hub, url, now=True)
    assert went == {"feedback_files": 2}
    assert [path.name for path in folder.iterdir()] == ["2026-03-01.xlsx"]


def test_the_change_feed_keeps_what_is_younger(tmp_path: Path, url: str) -> None:
    hub = small_hub(tmp_path, VISITOR)
    assert apply_retention(at(hub, date(2025, 12, 1), change_feed=30).hub, url) == {}
    assert apply_retention(at(hub, date(2026, 1, 1), change_feed=30).hub, url) == {}
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("insert into warehouse.change_feed (op) values ('delete')")
    assert apply_retention(at(hub, date(2026, 1, 20), change_feed=30).hub, url) == {}
    assert apply_retention(at(hub, date(2026, 2, 10), change_feed=30).hub, url) == {
        "change_feed": 5
    }


def test_hub_toml_says_how_long(tmp_path: Path) -> None:
    county = {"division_code": "360731", "name": "于都县"}
    kept = parse_config({"county": county, "retention": {"raw_history_days": 30}}, Home(tmp_path))
    assert (kept.retention.raw_history, kept.retention.runs) == (30, Retention.runs)
    with pytest.raises(ConfigError, match="retention"):
        parse_config({"county": county, "retention": {"audit_days": 1}}, Home(tmp_path))
