"""Running a job from the command line, in this process, on the hub's own Dagster instance.

    hub sync -> run_job("nightly_sync", ...) -> Outcome      (the UI shows the same run)

`prepare_instance` writes dagster.yaml: no telemetry, storage in the hub's home. Needs no secrets.
"""

import atexit
import gc
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from foundation.home import Home
from foundation.redact import install_redaction
from pipelines.defs.liveness import HOLDER, report_dead_runs, this_process
from schemas import FEEDS

PROGRESS = logging.getLogger("resident_hub.run")
ZONES = ("raw", "conformed", "quarantine")
_PLANNED_AT_ONCE = 1_000  # events of a run's plan that are stored in one transaction

_INSTANCE = """\
# Written by the hub: private to this home, nothing leaves the machine.
telemetry: {{enabled: false}}
nux: {{enabled: false}}
run_storage:
  module: pipelines.defs.storage
  class: PooledRunStorage
  config: {{base_dir: "{folder}/history"}}
event_log_storage:
  module: pipelines.defs.storage
  class: PooledEventLogStorage
  config: {{base_dir: "{folder}/history"}}
schedule_storage:
  module: dagster._core.storage.schedules
  class: SqliteScheduleStorage
  config: {{base_dir: "{folder}/schedules"}}
local_artifact_storage:
  module: dagster._core.storage.root
  class: LocalArtifactStorage
  config: {{base_dir: "{folder}"}}
run_coordinator:
  module: dagster._core.run_coordinator
  class: QueuedRunCoordinator
  config: {{max_concurrent_runs: 1}}
"""


@dataclass(frozen=True)
class Outcome:
    """How a run ended; ``failure`` names what failed and never holds a value of a row."""

    run_id: str
    success: bool
    failure: str | None
    stages: dict[str, float]


def prepare_instance(home: Home) -> Path:
    """Write dagster.yaml into the hub's home, point DAGSTER_HOME at it, and return the folder."""
    folder = home.dagster
    text = _INSTANCE.format(folder=folder)
    target = folder / "dagster.yaml"
    if not target.exists() or target.read_text() != text:
        target.write_text(text)
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ["HUB_HOME"] = str(home.path)
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", str(_PLANNED_AT_ONCE))
    return folder


def bury_dead_runs(home: Home) -> list[str]:
    """Report the dead runs of a home: one that stays begun would hold the daemon's queue."""
    prepare_instance(home)
    with dg.DagsterInstance.get() as instance:
        return report_dead_runs(instance, home)


def run_job(
    name: str, home: Home, resource: Mapping[str, Any], feeds: Sequence[str] = ()
) -> Outcome:
    """Run one of the hub's jobs to its end in this process; ``feeds`` leaves other feeds alone."""
    prepare_instance(home)
    install_redaction()
    with _kept_for_good():
        from pipelines.definitions import defs  # reads the feeds that this home declares

    with dg.DagsterInstance.get() as instance:
        report_dead_runs(instance, home)
        result = defs.resolve_job_def(name).execute_in_process(
            instance=instance,
            raise_on_error=False,
            asset_selection=_without_other_feeds(defs, feeds) if feeds else None,
            run_config={
                "resources": {"hub": {"config": dict(resource)}},
                "loggers": {"console": {}},
            },
            tags={HOLDER: this_process()},
        )
    return Outcome(result.run_id, result.success, _failure(result), _stages(result))


@contextmanager
def _kept_for_good() -> Iterator[None]:
    """What is made within lives as long as the process: the collector need not go through it, now
    or at every later collection."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        # Until its end: what is frozen then is no garbage, which DuckDB's module reports as leaked.
        atexit.register(gc.unfreeze)
        gc.enable()


def _without_other_feeds(defs: dg.Definitions, feeds: Sequence[str]) -> list[dg.AssetKey]:
    keys = defs.resolve_asset_graph().executable_asset_keys
    left_alone = {feed.table for feed in FEEDS.values() if feed.id not in feeds}
    return [key for key in keys if key.path[0] not in ZONES or key.path[1] not in left_alone]


def _stages(result: dg.ExecuteInProcessResult) -> dict[str, float]:
    """Seconds of each step, in the order in which they ran."""
    return {
        str(event.step_key): round(event.step_success_data.duration_ms / 1000, 2)
        for event in result.all_events
        if event.is_step_success
    }


def _failure(result: dg.ExecuteInProcessResult) -> str | None:
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            user = data.user_failure_data
            return (user and user.description) or f"{event.step_key} failed; see the run in hub ui"
    return None if result.success else "the run did not finish"


def _progress(context: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("dagster_run")
    logger.addHandler(_Forward())
    return logger


# A run's own messages go to ``resident_hub.run``; Dagster's events stay in its storage.
progress_logger = dg.LoggerDefinition(_progress, description="what people want to know of a run")


class _Forward(logging.Handler):
    """Only what a step says itself goes on; the events are in the UI."""

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "dagster_event", None) is None and record.levelno >= logging.INFO:
            message = getattr(record, "dagster_meta", {}).get("orig_message", record.getMessage())
            PROGRESS.log(record.levelno, message)
