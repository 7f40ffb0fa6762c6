"""The weekly reconciliation: every feed compared with the whole of its source, as a check each.

    job reconcile: departments (read in full) -> conformed, ... -> PostgreSQL
                        └ hub.reconciliation -> check `reconciled` of each feed

Sundays 03:30 Asia/Shanghai, or `hub sync --reconcile`. What increments had missed is taken over in
the same run. Secrets: those of the departments' sources, through hub.toml.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from pipelines.defs.hub import HubResource
from pipelines.defs.open_files import OPEN_FILES
from pipelines.reconcile import Compared, is_reconciled, last_findings
from schemas import FEEDS

NAME = "reconciled"
_FEEDS = {
    dg.AssetKey(["conformed", feed.table]): feed.id
    for feed in FEEDS.values()
    if is_reconciled(feed)
}
_COUNTS = ("compared", "new", "missing", "changed", "deleted", "unlisted")


@dg.multi_asset_check(
    name=NAME,
    specs=[
        dg.AssetCheckSpec(
            NAME,
            asset=key,
            description="Hub and source held the same rows by key and hash. 与来源逐键核对一致",
        )
        for key in _FEEDS
    ],
    can_subset=True,
)
def reconciled(
    context: dg.AssetCheckExecutionContext, hub: HubResource
) -> Iterator[dg.AssetCheckResult]:
    """What the comparison of this run found; a difference is a warning, for it is mended by now."""
    with hub.writing("reading what was reconciled") as open_hub:
        findings = {row["feed"]: row for row in last_findings(open_hub)}
    for check in context.selected_asset_check_keys:
        found = findings.get(_FEEDS[check.asset_key])
        yield dg.AssetCheckResult(
            asset_key=check.asset_key,
            check_name=check.name,
            passed=found is not None and is_same(found),
            severity=dg.AssetCheckSeverity.WARN,
            metadata=_report(found),
        )


def is_same(found: Mapping[str, Any]) -> bool:
    """Whether the feed was compared, and nothing had been missed."""
    counts = Compared(**{name: found[name] for name in _COUNTS})
    return bool(found["state"] == "ok" and not counts.missed)


def _report(found: Mapping[str, Any] | None) -> dict[str, Any]:
    if found is None:
        return {"state": "never compared"}
    return {"state": found["state"], "night": str(found["night"])} | {
        name: found[name] for name in _COUNTS
    }


# Other jobs read nothing in full, and have nothing to say here.
RECONCILED = dg.AssetSelection.checks(reconciled)

reconcile = dg.define_asset_job(
    "reconcile",
    selection=(dg.AssetSelection.all() - dg.AssetSelection.assets(OPEN_FILES)) | RECONCILED,
    config={"resources": {"hub": {"config": {"reconcile": True}}}},
    description="每周核对 · compare every feed with the whole of its source.",
)
reconcile_schedule = dg.ScheduleDefinition(
    name="reconcile_on_sunday",
    job=reconcile,
    cron_schedule="30 3 * * 0",
    execution_timezone="Asia/Shanghai",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
