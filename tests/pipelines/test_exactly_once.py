"""Whatever is delivered, whenever the hub is killed: its tables end as if nothing had been."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from killed import killed_at
from small_hub import SmallHub, small_hub

from foundation import layers
from schemas import Feed

BAD = "bad"  # a row that names nobody, which is an error
KEYS = [f"k{n}" for n in range(4)]
# What a day does at the department: a key gets a value, its row once or twice; or it goes.
CHANGES = st.lists(
    st.tuples(st.sampled_from(KEYS), st.sampled_from(["A", "B", BAD, None]), st.integers(1, 2)),
    max_size=5,
)
# A kill falls before or after a commit; a night has up to three: raw, quarantine, conformed.
KILLS = st.lists(st.tuples(st.integers(1, 3), st.booleans()), max_size=3)
# A replay is a night that runs again when it was done already.
NIGHTS = st.lists(st.tuples(CHANGES, KILLS, st.booleans()), min_size=1, max_size=3)
A_B_A = [
    ([("k0", value, 2)], [(1, True), (2, True)] if number % 2 else [(1, False), (3, False)], True)
    for number, value in enumerate(["A", "B", "A", None, BAD, "A"])
]
SELDOM = settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))


def _row(feed: Feed, key: str, value: str, night: int) -> dict[str, str | None]:
    names = {"name": None if value == BAD else value, "id_no": None}
    row = {column.source: names.get(column.name) for column in feed.columns}
    row[feed.key[0]] = key
    if feed.cursor:
        row[feed.cursor] = f"2026-03-{night + 1:02d} 08:00:00"
    return row


def _tables(hub: SmallHub) -> dict[str, Any]:
    """What the tables hold, but for the hub's own numbers and instants."""
    own = ("_batch", "_row", "_received_at", "_cursor", "_since")
    raw = Counter((row["_key"], row["_hash"], row["_op"]) for row in hub.raw())
    kept = {
        zone: {
            key: {name: value for name, value in row.items() if name not in own}
            for key, row in hub.rows(zone).items()
        }
        for zone in ("conformed", "quarantine")
    }
    return {"raw": raw, **kept}


def _live(folder: Path, feed_id: str, nights: Any) -> None:
    calm, stormy = (small_hub(folder / name, feed_id) for name in ("calm", "stormy"))
    for hub in (calm, stormy):
        hub.database.parent.mkdir(exist_ok=True)
    present: dict[str, list[dict[str, str | None]]] = {}
    for number, (changes, kills, is_replayed) in enumerate(nights):
        for key, value, copies in changes:
            present.pop(key, None)
            if value is not None:
                present[key] = [_row(calm.feed, key, value, number)] * copies
        rows = [
            _row(calm.feed, "anchor", "Z", 0),
            *(r for copies in present.values() for r in copies),
        ]
        for hub in (calm, stormy):
            hub.deliver(rows)
        for commit, after in kills:
            with killed_at(commit, after):
                stormy.night(full=True)
        for hub in (calm, stormy):
            hub.night(full=True)
        if is_replayed:
            before = stormy.versions()
            stormy.night()
            stormy.night(full=True)
            assert stormy.versions() == before
        assert _tables(stormy) == _tables(calm)


@SELDOM
@given(NIGHTS)
@example(A_B_A)
def test_a_cursor_feed_that_is_killed_ends_as_one_that_is_not(nights: Any) -> None:
    with TemporaryDirectory() as folder:
        _live(Path(folder), "community.resident_visit", nights)


@SELDOM
@given(NIGHTS)
def test_a_snapshot_feed_that_is_killed_ends_as_one_that_is_not(nights: Any) -> None:
    with TemporaryDirectory() as folder:
        _live(Path(folder), "civil_affairs.elderly_allowance", nights)


@SELDOM
@given(NIGHTS)
@example(A_B_A)
def test_the_same_where_a_merge_appends_a_layer(nights: Any) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers, "MIN_ROWS", 1)
        patch.setattr(layers, "MOST_SHARE", 100.0)
        _live(Path(folder), "community.resident_visit", nights)


def test_a_kill_is_seen_by_the_test_that_makes_it(tmp_path: Path) -> None:
    hub = small_hub(tmp_path, "community.resident_visit")
    hub.deliver([_row(hub.feed, "k", "A", 0)])
    with killed_at(1, after=True):
        hub.night()
        pytest.fail("it lives")
    assert len(hub.raw()) == 1
    assert hub.rows("conformed") == {}
