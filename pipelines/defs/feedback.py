"""Giving back to the departments: the night's last work before the verdict.

    conformed/*, quarantine/*, warehouse/discrepancy, published/postgresql -> feedback/*

Metadata holds counts only. Needs no secrets.
"""

from collections.abc import Iterator

import dagster as dg

from pipelines.defs.describe import table_spec
from pipelines.defs.feeds import zone_key
from pipelines.defs.hub import HubResource
from pipelines.feedback.run import give_back
from schemas import FEEDS
from schemas.feedback import FEEDBACK_TABLES

ITEM, STATUS = (dg.AssetKey(["hub", name]) for name in FEEDBACK_TABLES)
_READ = [
    dg.AssetKey(["published", "postgresql"]),  # readers come first
    dg.AssetKey(["warehouse", "discrepancy"]),
    *(zone_key(zone, feed) for feed in FEEDS.values() for zone in ("conformed", "quarantine")),
]
_DEPS = {"feedback_item": _READ, "feedback_status": [ITEM]}


@dg.multi_asset(
    name="feedback",
    specs=[
        table_spec(table, _DEPS[name]).replace_attributes(group_name="feedback")
        for name, table in FEEDBACK_TABLES.items()
    ],
    can_subset=True,
    description="反馈 · tell each department what is wrong in its own data, and what it has mended",
)
def feedback(
    context: dg.AssetExecutionContext, hub: HubResource
) -> Iterator[dg.MaterializeResult[None]]:
    """One step: files, items and the time they took are one state."""
    with hub.writing("giving back to the departments") as open_hub:
        context.log.info("feedback: what goes back to the departments")
        report = give_back(open_hub)
        context.log.info(report.summary())
        for key in (ITEM, STATUS):
            if key in context.selected_asset_keys:
                counts = report.to_dict()
                yield dg.MaterializeResult(asset_key=key, metadata=counts)
