"""Jobs and schedules: the night at 02:00, events every ten minutes, a rebuild by hand.

    nightly_sync   everything            02:00 Asia/Shanghai; again if it was not published
    events_sync    tickets, alerts,      every ten minutes; skipped while another run writes,
                   warnings, published   and while a night is unfinished
    rebuild        everything, from raw
    reconcile      everything, sources   Sundays 03:30 (defs/reconcile.py)
                   read in full
    open_files     Delta, DuckDB         05:00 (defs/open_files.py)

Needs no secrets.
"""

import dagster as dg
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES, RunsFilter

from foundation.home import Home
from pipelines.defs.feeds import ZONES, zone_key
from pipelines.defs.hub import EVENTS
from pipelines.defs.liveness import report_dead_runs
from pipelines.defs.open_files import OPEN_FILES, open_files_job, open_files_schedule
from pipelines.defs.publish import POSTGRESQL, VERDICT
from pipelines.defs.reconcile import RECONCILED, reconcile, reconcile_schedule
from pipelines.unfinished import Unfinished, unfinished
from schemas import FEEDS

ZONE = "Asia/Shanghai"
EVENT_TABLES = (
    "ticket",
    "ticket_step",
    "ticket_link",
    "warning",
    "warning_area",
    "video_alert",
    "freshness",
    "quality_result",
)


def _event_keys() -> list[dg.AssetKey]:
    feeds = [feed for feed in FEEDS.values() if feed.is_event]
    keys = [zone_key(zone, feed) for feed in feeds for zone in ZONES]
    tables = (dg.AssetKey(["warehouse", name]) for name in EVENT_TABLES)
    return [*keys, *tables, POSTGRESQL, VERDICT]


def _config(**resource: object) -> dict[str, object]:
    return {"resources": {"hub": {"config": resource}}}


NIGHT = dg.AssetSelection.all() - RECONCILED - dg.AssetSelection.assets(OPEN_FILES)
nightly_sync = dg.define_asset_job(
    "nightly_sync",
    selection=NIGHT,
    description="夜间同步 · pull, check, resolve, build and publish everything that changed.",
)
events_sync = dg.define_asset_job(
    EVENTS,
    selection=dg.AssetSelection.assets(*_event_keys()) - RECONCILED,
    description="事件同步 · tickets, alerts and warnings, published within minutes.",
)
rebuild = dg.define_asset_job(
    "rebuild",
    selection=NIGHT,
    config=_config(rebuild=True),
    description="重建 · make everything anew from raw, with the stored model and decisions.",
)

nightly_schedule = dg.ScheduleDefinition(
    name="nightly_at_0200",
    job=nightly_sync,
    cron_schedule="0 2 * * *",
    execution_timezone=ZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


@dg.schedule(
    job=events_sync,
    cron_schedule="*/10 * * * *",
    execution_timezone=ZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def events_every_ten_minutes(
    context: dg.ScheduleEvaluationContext,
) -> dg.RunRequest | dg.SkipReason:
    """Skip the tick while the hub is being written, or half a night would be published."""
    home = Home.find()
    report_dead_runs(context.instance, home)
    night = unfinished(home)
    return _busy(home) or (_waiting(night) if night else dg.RunRequest())


@dg.sensor(
    job=nightly_sync,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def resume_the_night(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Run a night again that was killed or failed before it was published."""
    home = Home.find()
    report_dead_runs(context.instance, home)
    night = unfinished(home)
    if night is None:
        return dg.SkipReason("the last night was published")
    if not night.may_resume:
        return dg.SkipReason(f"{night.attempts} runs did not get to its end: see the last one")
    if context.instance.get_runs(RunsFilter(statuses=IN_PROGRESS_RUN_STATUSES), limit=1):
        return dg.SkipReason("a run is under way")
    config = _config(as_of=night.as_of)
    return _busy(home) or dg.RunRequest(f"after {night.run_id}", run_config=config)


def _busy(home: Home) -> dg.SkipReason | None:
    holder = home.lock_holder()
    return (
        dg.SkipReason(f"process {holder.get('pid')} is {holder.get('purpose')}") if holder else None
    )


def _waiting(night: Unfinished) -> dg.SkipReason:
    return dg.SkipReason(f"the night that began at {night.since} is not published yet")


JOBS = [nightly_sync, events_sync, rebuild, reconcile, open_files_job]
SENSORS = [resume_the_night]
SCHEDULES = [
    nightly_schedule,
    events_every_ten_minutes,
    reconcile_schedule,
    open_files_schedule,
]
