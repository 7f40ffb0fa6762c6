"""The end of a night: the lake's snapshot, then PostgreSQL, then upkeep.

    warehouse zone -> Lake.commit_snapshot -> publish -> Lake.maintain

Secrets: the warehouse's URL, when it is not the hub's own PostgreSQL.
"""

from pipelines.access.audit import copy_head
from pipelines.hub import Hub
from pipelines.publish.postgres import PublishReport, publish


def publish_night(hub: Hub, upkeep: bool = True) -> PublishReport:
    """Name what belongs together, publish it, tidy up. A night without changes commits nothing."""
    last = hub.lake.snapshot()
    has_changed = last is None or last.versions != hub.lake.versions()
    if has_changed:
        hub.lake.commit_snapshot(note=hub.as_of.isoformat())
    url = hub.warehouse_url()
    report = publish(hub, url)
    copy_head(hub.home, url)
    if upkeep and has_changed:
        hub.lake.maintain()
    return report
