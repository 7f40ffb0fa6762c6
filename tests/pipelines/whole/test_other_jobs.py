"""What else runs but the night: events, a rebuild, and a night that was killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from living_hub import LivingHub, Night, following

from pipelines.defs.jobs import EVENT_TABLES
from pipelines.defs.launch import bury_dead_runs
from pipelines.unfinished import unfinished
from schemas import FEEDS

PATIENCE_S = 120
EVENT_FEEDS = {name for name, feed in FEEDS.items() if feed.is_event}


@pytest.fixture(scope="module")
def tick(broken_night: Night) -> Night:
    """A day later, only events are synced."""
    broken_night.hub.advance()
    return following(broken_night, "--events")


@pytest.fixture(scope="module")
def killed(tick: Night) -> Night:
    """A night that is killed as soon as it has conformed something, then the state it left."""
    hub = tick.hub
    begun = hub.lake_state()
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", *hub.words("sync", "--json")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(lambda: process.poll() is not None or is_conforming(hub, begun))
        assert process.poll() is None, "the night ended before it could be killed"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return Night(
        hub, hub.day, {}, tick.lake_after, hub.lake_state(), tick.written_after, hub.written()
    )


@pytest.fixture(scope="module")
def resumed(killed: Night) -> Night:
    """The night after it, with nothing done in between."""
    return following(killed)


@pytest.fixture(scope="module")
def rebuilt(resumed: Night) -> Night:
    """Everything made anew from raw."""
    return following(resumed, "--rebuild")


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_conforming(hub: LivingHub, before: dict[str, tuple[int, int]]) -> bool:
    return any(
        name.startswith("conformed.") and before.get(name) != now
        for name, now in hub.lake_state().items()
    )


def test_events_are_synced_and_published(tick: Night) -> None:
    assert tick.outcome["code"] == 0, tick.outcome["failure"]
    assert set(tick.feeds) == EVENT_FEEDS
    assert tick.feeds["city_management.case"]["appended"] > 0
    assert "ticket" in tick.rewritten()


def test_events_move_no_other_table(tick: Night) -> None:
    moved = {
        name
        for name, now in tick.lake_after.items()
        if tick.lake_before.get(name) != now and name.startswith(("raw.", "conformed."))
    }
    tables = {feed.table for feed in FEEDS.values() if feed.is_event}
    assert {name.split(".", 1)[1] for name in moved} <= tables
    assert not {"resident", "household", "crosswalk"} & tick.rewritten().keys()
    assert {"ticket", "ticket_step"} <= tick.rewritten().keys() | set(EVENT_TABLES)


def test_events_end_with_a_verdict_of_their_own(tick: Night) -> None:
    assert "published__verdict" in tick.outcome["stages"]


def test_a_killed_night_publishes_nothing(killed: Night) -> None:
    assert killed.written_after == killed.written_before
    assert killed.lake_after != killed.lake_before


def test_a_killed_night_is_unfinished_and_its_run_is_reported(killed: Night) -> None:
    assert unfinished(killed.hub.home) is not None
    assert len(bury_dead_runs(killed.hub.home)) == 1
    assert bury_dead_runs(killed.hub.home) == []
    refused = killed.hub.run("sync", "--events")
    assert refused.code == 1
    assert "was not published" in refused.err


def test_the_next_night_does_what_is_left(resumed: Night) -> None:
    assert resumed.outcome["code"] == 0, resumed.outcome["failure"]
    assert unfinished(resumed.hub.home) is None
    for name, row in resumed.feeds.items():
        assert row["delivered"] == row["known"] + row["conformed"] + row["quarantined"], name


def test_a_rebuild_ends_where_the_nights_ended(rebuilt: Night) -> None:
    assert rebuilt.outcome["code"] == 0, rebuilt.outcome["failure"]
    rows = {name: rows for name, (_, rows) in rebuilt.lake_after.items() if is_derived(name)}
    assert rows == {n: r for n, (_, r) in rebuilt.lake_before.items() if is_derived(n)}
    # The rules have judged every row again, and not the new ones only.
    assert set(rebuilt.rewritten()) <= {"quality_result", "publication", "change_feed"}


def is_derived(name: str) -> bool:
    return name.startswith(("conformed.", "quarantine."))
