"""What the daemon does: ticks, resumed nights, and runs whose process was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.dagster_run import DagsterRunStatus
from dagster._core.test_utils import create_run_for_test

from foundation.errors import HubError
from foundation.home import Home
from pipelines.definitions import defs
from pipelines.defs import liveness
from pipelines.defs.jobs import events_every_ten_minutes, resume_the_night
from pipelines.defs.liveness import HOLDER, report_dead_runs, this_process
from pipelines.unfinished import (
    ATTEMPTS,
    begin,
    finish,
    refuse_half_a_night,
    unfinished,
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    return Home.find()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as found:
        yield found


def tick(instance: dg.DagsterInstance) -> object:
    return events_every_ten_minutes(dg.build_schedule_context(instance=instance))


def resumption(instance: dg.DagsterInstance) -> object:
    return resume_the_night(dg.build_sensor_context(instance=instance))


def begun(instance: dg.DagsterInstance, **tags: str) -> str:
    """A run that is STARTED, as one is whose process may be gone."""
    run = create_run_for_test(instance, "nightly_sync", status=DagsterRunStatus.STARTED, tags=tags)
    return run.run_id


def gone() -> str:
    """The name of a process that was killed."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        os.kill(process.pid, signal.SIGKILL)
    return f"{process.pid}@1"


def status(instance: dg.DagsterInstance, run_id: str) -> DagsterRunStatus:
    found = instance.get_run_by_id(run_id)
    assert found
    return found.status


def test_a_tick_asks_for_a_run(home: Home, instance: dg.DagsterInstance) -> None:
    assert isinstance(tick(instance), dg.RunRequest)


def test_a_tick_is_skipped_while_somebody_writes(home: Home, instance: dg.DagsterInstance) -> None:
    with home.lock(purpose="publishing"):
        skipped = tick(instance)
    assert isinstance(skipped, dg.SkipReason)
    assert "publishing" in str(skipped.skip_message)


def test_no_tick_publishes_half_a_night(home: Home, instance: dg.DagsterInstance) -> None:
    begin(home, "run-1")
    assert isinstance(tick(instance), dg.SkipReason)
    with pytest.raises(HubError, match="hub sync"):
        refuse_half_a_night(home)
    finish(home)
    assert isinstance(tick(instance), dg.RunRequest)
    refuse_half_a_night(home)


def test_an_unfinished_night_is_run_again_once_for_each_run(
    home: Home, instance: dg.DagsterInstance
) -> None:
    assert isinstance(resumption(instance), dg.SkipReason)
    begin(home, "run-1", "2026-06-30")
    begin(home, "run-1", "2026-06-30")
    request = resumption(instance)
    assert isinstance(request, dg.RunRequest)
    assert request.run_key == "after run-1"
    assert request.run_config["resources"]["hub"]["config"] == {"as_of": "2026-06-30"}


def test_a_night_that_never_succeeds_is_tried_again_after_a_pause(
    home: Home, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(ATTEMPTS):
        begin(home, f"run-{number}")
    found = unfinished(home)
    assert found and found.attempts == ATTEMPTS
    assert isinstance(resumption(instance), dg.SkipReason)
    monkeypatch.setattr("pipelines.unfinished.PAUSE", timedelta(0))
    assert isinstance(resumption(instance), dg.RunRequest)


def test_a_night_is_not_resumed_while_a_run_is_under_way(
    home: Home, instance: dg.DagsterInstance
) -> None:
    begin(home, "run-1")
    begun(instance, **{HOLDER: this_process()})
    assert isinstance(resumption(instance), dg.SkipReason)


def test_a_run_whose_process_was_killed_is_reported(
    home: Home, instance: dg.DagsterInstance
) -> None:
    dead, alive = begun(instance, **{HOLDER: gone()}), begun(instance, **{HOLDER: this_process()})
    assert report_dead_runs(instance, home) == [dead]
    assert status(instance, dead) is DagsterRunStatus.FAILURE
    assert status(instance, alive) is DagsterRunStatus.STARTED


def test_a_number_that_came_again_is_another_process(
    home: Home, instance: dg.DagsterInstance
) -> None:
    dead = begun(instance, **{HOLDER: f"{os.getpid()}@1"})
    assert report_dead_runs(instance, home) == [dead]


def test_a_run_without_a_process_is_dead_when_nobody_writes(
    home: Home, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begun(instance)
    assert report_dead_runs(instance, home) == []  # it may just have been launched
    monkeypatch.setattr(liveness, "PATIENCE", timedelta(0))
    with home.lock():
        assert report_dead_runs(instance, home) == []
    assert report_dead_runs(instance, home) == [run]


def test_a_tick_frees_the_queue_of_dead_runs(home: Home, instance: dg.DagsterInstance) -> None:
    dead = begun(instance, **{HOLDER: gone()})
    tick(instance)
    assert status(instance, dead) is DagsterRunStatus.FAILURE


def test_events_end_with_publication_and_verdict_and_leave_people_to_the_night() -> None:
    job = defs.resolve_job_def("events_sync")
    names = {key.to_user_string() for key in job.asset_layer.selected_asset_keys}
    assert {"published/postgresql", "published/verdict", "conformed/emergency_warning"} <= names
    assert not {name for name in names if name.startswith("identity/")}
    assert "warehouse/resident" not in names
