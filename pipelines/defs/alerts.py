"""Alerts from the urgent answers, after readers have them.

    published/postgresql -> published/alerts -> webhook of hub.toml [alerts]

Secrets: [alerts] secret. Metadata holds counts only.
"""

import dagster as dg

from pipelines.alerts.run import alert
from pipelines.defs.hub import HubResource
from pipelines.defs.publish import POSTGRESQL

ALERTS = dg.AssetKey(["published", "alerts"])


@dg.asset(
    key=ALERTS,
    deps=[POSTGRESQL],
    group_name="published",
    owners=["team:resident_hub"],
    description="预警提醒 · urgent answers, told once each to the webhook; off unless configured.",
)
def alerts(context: dg.AssetExecutionContext, hub: HubResource) -> dg.MaterializeResult[None]:
    """Open, close and tell; a receiver that is down leaves the night as it is."""
    with hub.writing("telling alerts") as open_hub:
        report = alert(open_hub)
    if report.is_on:
        context.log.info(f"alerts: {report.opened} opened, {report.delivered} told")
    return dg.MaterializeResult(metadata=report.to_dict())
