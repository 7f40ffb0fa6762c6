"""What the rules said of a night is kept once, whenever the night was killed."""

from __future__ import annotations

from pathlib import Path

import pytest
from killed import Killed, killed_at
from small_hub import SmallHub, small_hub

from pipelines.conform.run import conform_feed
from pipelines.history import RULE_NIGHT, keep_judged
from pipelines.pull import pull_feed
from pipelines.records import Row, stored
from pipelines.rule_results import RULE_RESULT, notes

VISIT = "community.resident_visit"
COMMITS = 5  # raw, quarantine, conformed; then the results, as the last word and as tonight's


def _night(hub: SmallHub) -> None:
    """What a department's step does with one feed."""
    keep_judged(hub.hub)
    conform_feed(hub.hub, hub.feed, pull_feed(hub.hub, hub.feed), run_id="a-night")
    keep_judged(hub.hub)


def _kept(hub: SmallHub) -> list[list[Row]]:
    return [
        sorted(stored(hub.hub, table), key=lambda row: str(row["rule_id"]))
        for table in (RULE_RESULT, RULE_NIGHT)
    ]


def _deliver(hub: SmallHub, keys: str) -> None:
    """Two good rows and one that names nobody."""
    names = zip(keys, ("王芳", "刘洋", None), strict=True)
    hub.deliver([_row(hub, key, name) for key, name in names])


def _row(hub: SmallHub, key: str, name: str | None) -> dict[str, str | None]:
    row = {column.source: None for column in hub.feed.columns}
    names = {column.name: column.source for column in hub.feed.columns}
    assert hub.feed.cursor
    instant = f"2026-03-01 08:00:0{ord(key) % 10}"
    return row | {hub.feed.key[0]: key, names["name"]: name, hub.feed.cursor: instant}


@pytest.fixture
def calm(tmp_path: Path) -> SmallHub:
    hub = small_hub(tmp_path, VISIT)
    for keys in ("abc", "def"):
        _deliver(hub, keys)
        _night(hub)
    return hub


def test_a_night_that_is_killed_says_what_an_undisturbed_one_says(
    calm: SmallHub, tmp_path: Path
) -> None:
    expected = _kept(calm)
    assert [row["total"] for row in expected[1] if row["rule_id"] == "identity.nobody"] == [6]
    for commit in range(1, COMMITS + 1):
        folder = tmp_path / str(commit)
        folder.mkdir()
        hub = small_hub(folder, VISIT)
        _deliver(hub, "abc")
        _night(hub)
        _deliver(hub, "def")
        for after in (False, True):
            with killed_at(commit, after):
                _night(hub)
        _night(hub)
        assert _kept(hub) == expected
        assert not notes(hub.hub.home)


def test_a_kill_before_the_notes_are_forgotten_changes_nothing(
    calm: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise Killed

    _deliver(calm, "ghi")
    monkeypatch.setattr("pipelines.history.forget", die)
    with pytest.raises(Killed):
        _night(calm)
    monkeypatch.undo()
    [kept] = notes(calm.hub.home)
    assert kept.feed == VISIT
    before = _kept(calm)
    _night(calm)
    assert _kept(calm) == before and not notes(calm.hub.home)
