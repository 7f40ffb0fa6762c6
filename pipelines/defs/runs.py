"""Runs that were kept long enough: `[retention] runs_days` in hub.toml.

    Dagster's storage -> runs that ended before -> deleted, with their events

Needs no secrets.
"""

from datetime import datetime, timedelta

import dagster as dg
from dagster._core.storage.dagster_run import FINISHED_STATUSES, RunsFilter

from foundation.clock import utc_now
from pipelines.defs.launch import prepare_instance
from pipelines.hub import Hub

AT_ONCE = 200  # events run every ten minutes: more than a night brings


def forget_runs(instance: dg.DagsterInstance, days: int, most: int = AT_ONCE) -> int:
    """Delete the oldest runs that ended so many days ago, at most so many; returns how many went.
    days 0: none."""
    if not days:
        return 0
    before: datetime = utc_now() - timedelta(days=days)
    wanted = RunsFilter(created_before=before, statuses=list(FINISHED_STATUSES))
    due = instance.get_runs(wanted, limit=most, ascending=True)
    for run in due:
        instance.delete_run(run.run_id)
    return len(due)


def forget_runs_of(hub: Hub) -> int:
    """All of a home's that are due."""
    prepare_instance(hub.home)
    with dg.DagsterInstance.get() as instance:
        went = 0
        while more := forget_runs(instance, hub.config.retention.runs):
            went += more
        return went
