"""Any sequence of nights ends where the department's own data stands, and every night balances."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_hub import SmallHub, small_hub

from pipelines.conform.run import conform_feed
from pipelines.pull import pull_feed
from pipelines.quarantine import replay
from schemas import Feed

KEYS = [f"k{n}" for n in range(5)]
BAD = "bad"  # a row that names nobody, which is an error

# What a night does to one key: gives it a value, makes it bad, takes it away. Others stay.
NIGHT = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["A", "B", "C", BAD, None]))
NIGHTS = st.lists(st.tuples(NIGHT, st.booleans()), min_size=1, max_size=5)


@dataclass
class Key:
    """What a key should look like: its present value, and the last good one since it appeared."""

    value: str
    good: str | None = None


def _row(feed: Feed, key: str, value: str, night: int) -> dict[str, str | None]:
    names = {"name": None if value == BAD else value, "id_no": None}
    row = {column.source: names.get(column.name) for column in feed.columns}
    row[feed.key[0]] = key
    if feed.cursor:
        row[feed.cursor] = f"2026-03-{night + 1:02d} 08:00:00"
    return row


def _apply(keys: dict[str, Key], changes: dict[str, str | None]) -> None:
    for key, value in changes.items():
        if value is None:
            keys.pop(key, None)
        else:
            known = keys.setdefault(key, Key(value))
            known.value = value
            known.good = value if value != BAD else known.good


def _state(hub: SmallHub) -> tuple[dict[str, tuple[str, bool]], set[str]]:
    conformed = {key: (row["name"], row["_stale"]) for key, row in hub.rows("conformed").items()}
    return conformed, set(hub.rows("quarantine"))


def _expected(keys: dict[str, Key]) -> tuple[dict[str, tuple[str, bool]], set[str]]:
    conformed = {k: (v.good, v.value == BAD) for k, v in keys.items() if v.good is not None}
    return conformed, {k for k, v in keys.items() if v.value == BAD}


def _live(hub: SmallHub, nights: list[tuple[dict[str, str | None], bool]]) -> None:
    feed = hub.feed
    anchor = {**_row(feed, "anchor", "Z", 0)}
    keys: dict[str, Key] = {}
    rows: dict[str, dict[str, str | None]] = {}
    for number, (changes, is_killed) in enumerate(nights):
        # A cursor feed shows deletions to a full pull only: every night is one here.
        _apply(keys, changes)
        for key, value in changes.items():
            rows.pop(key, None)
            if value is not None:
                rows[key] = _row(feed, key, value, number)
        hub.deliver([anchor, *rows.values()])
        if is_killed:  # between the commit to raw and conform
            pull_feed(hub.hub, feed, full=True)
            continue
        hub.night(full=True)
        conformed, quarantined = _state(hub)
        assert conformed.pop("anchor") == ("Z", False)
        wanted, bad = _expected(keys)
        assert quarantined == bad
        assert conformed == wanted
        before = hub.versions()
        hub.night()
        assert hub.versions() == before


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(NIGHTS)
def test_a_snapshot_feed_ends_where_the_department_stands(nights) -> None:
    with TemporaryDirectory() as folder:
        _live(small_hub(Path(folder), "civil_affairs.elderly_allowance"), nights)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(NIGHTS)
def test_a_cursor_feed_ends_where_the_department_stands(nights) -> None:
    with TemporaryDirectory() as folder:
        _live(small_hub(Path(folder), "community.resident_visit"), nights)


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(NIGHTS)
def test_judging_anew_from_raw_gives_what_the_nights_gave(nights) -> None:
    with TemporaryDirectory() as folder:
        hub = small_hub(Path(folder), "civil_affairs.elderly_allowance")
        rows: dict[str, dict[str, str | None]] = {}
        for number, (changes, _) in enumerate(nights):
            for key, value in changes.items():
                rows.pop(key, None)
                if value is not None:
                    rows[key] = _row(hub.feed, key, value, number)
            hub.deliver([_row(hub.feed, "anchor", "Z", 0), *rows.values()])
            hub.night()
        before = _state(hub)
        replay(hub.hub, hub.feed)
        assert _state(hub) == before


def test_a_value_that_comes_back_is_not_lost(tmp_path: Path) -> None:
    hub = small_hub(tmp_path, "community.resident_visit")
    for number, value in enumerate(["A", "B", "A"]):
        hub.deliver([_row(hub.feed, "k", value, number)])
        hub.night()
        assert hub.rows("conformed")["k"]["name"] == value


def test_a_late_row_within_the_look_back_is_found(tmp_path: Path) -> None:
    hub = small_hub(tmp_path, "community.resident_visit")
    hub.deliver([_row(hub.feed, "k1", "A", 5)])
    hub.night()
    hub.deliver([_row(hub.feed, "k1", "A", 5), _row(hub.feed, "late", "B", 4)])
    pulled, settled = hub.night()
    assert (pulled.delivered, pulled.known, settled.added) == (2, 1, 1)


def test_a_kill_between_quarantine_and_conformed_is_made_good(tmp_path: Path) -> None:
    hub = small_hub(tmp_path, "community.resident_visit")
    hub.deliver([_row(hub.feed, "k1", "A", 0), _row(hub.feed, "k2", "A", 0)])
    hub.night()
    conformed = hub.hub.lake.table("conformed", hub.feed.table)
    before = conformed.version
    hub.deliver([_row(hub.feed, "k1", BAD, 1), _row(hub.feed, "k2", "B", 1)])
    hub.night()
    after = _state(hub)
    conformed.restore(before)  # as if the second commit had not been made
    assert _state(hub) != after
    assert conform_feed(hub.hub, hub.feed).balanced
    assert _state(hub) == after
