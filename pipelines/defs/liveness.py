"""Which runs live: each names its process, and those whose process is gone are reported failed.

    HubResource -> tag on the run: pid@start      report_dead_runs: at each sync, tick and hub ui

When everything is killed at once a run stays STARTED for ever and holds the queue. A process is
known by its number and the moment of its start, since numbers come again. Needs no secrets.
"""

import os
from datetime import timedelta

import dagster as dg
import psutil
from dagster._core.storage.dagster_run import DagsterRunStatus, RunRecord, RunsFilter

from foundation.clock import utc_now
from foundation.home import Home

HOLDER = "resident_hub/process"
PATIENCE = timedelta(minutes=2)  # for a run that was launched and has not said who it is
_BEGUN = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]


def this_process() -> str:
    """The tag's value for the process that runs now."""
    return f"{os.getpid()}@{psutil.Process().create_time():.0f}"


def report_dead_runs(instance: dg.DagsterInstance, home: Home) -> list[str]:
    """Runs that a kill left begun are reported failed, so that nobody waits for them."""
    begun = instance.get_run_records(RunsFilter(statuses=_BEGUN))
    dead = [record for record in begun if not _lives(record, home)]
    for record in dead:
        instance.report_run_failed(record.dagster_run, "The process that ran this was killed.")
    return [record.dagster_run.run_id for record in dead]


def _lives(record: RunRecord, home: Home) -> bool:
    """A run that names no process has written nothing: it lives while somebody writes, or it is
    young."""
    process = record.dagster_run.tags.get(HOLDER)
    if process is None:
        is_young = utc_now() - record.create_timestamp < PATIENCE
        return is_young or home.lock_holder() is not None
    pid, _, start = process.partition("@")
    try:
        return not start or f"{psutil.Process(int(pid)).create_time():.0f}" == start
    except psutil.Error:
        return False
