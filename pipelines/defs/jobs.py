"""Jobs and schedules: the night at 02:00, events every ten minutes, a rebuild by hand.

    nightly_sync   everything            02:00 Asia/Shanghai
    events_sync    tickets, alerts,      every ten minutes; skipped while another run writes
                   warnings, published
    rebuild        everything, from raw
    reconcile      everything, sources   Sundays 03:30 (defs/reconcile.py)
                   read in full

Needs no secrets.
"""

import dagster as dg

from foundation.home import Home
from pipelines.defs.feeds import ZONES, zone_key
from pipelines.defs.publish import POSTGRESQL
from pipelines.defs.reconcile import RECONCILED, reconcile, reconcile_schedule
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
    return [*keys, *(dg.AssetKey(["warehouse", name]) for name in EVENT_TABLES), POSTGRESQL]


def _config(**resource: object) -> dict[str, object]:
    return {"resources": {"hub": {"config": resource}}}


nightly_sync = dg.define_asset_job(
    "nightly_sync",
    selection=dg.AssetSelection.all() - RECONCILED,
    description="夜间同步 · pull, check, resolve, build and publish everything that changed.",
)
events_sync = dg.define_asset_job(
    "events_sync",
    selection=dg.AssetSelection.assets(*_event_keys()) - RECONCILED,
    description="事件同步 · tickets, alerts and warnings, published within minutes.",
)
rebuild = dg.define_asset_job(
    "rebuild",
    selection=dg.AssetSelection.all() - RECONCILED,
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
def events_every_ten_minutes() -> dg.RunRequest | dg.SkipReason:
    """Skip the tick while the hub is being written: the next one catches up."""
    holder = Home.find().lock_holder()
    if holder:
        return dg.SkipReason(f"process {holder.get('pid')} is {holder.get('purpose')}")
    return dg.RunRequest()


JOBS = [nightly_sync, events_sync, rebuild, reconcile]
SCHEDULES = [nightly_schedule, events_every_ten_minutes, reconcile_schedule]
