"""Publication, and the verdict on the night.

    warehouse/* -> lake snapshot -> published/postgresql -> published/verdict

The verdict comes last and fails the run when a feed failed or was held, so that healthy
tables are published all the same. Secrets: the warehouse's URL, when it is not the hub's own.
"""

from concurrent.futures import ThreadPoolExecutor

import dagster as dg

from expectations.docs import docs
from pipelines.defs.feedback import ITEM
from pipelines.defs.hub import NIGHTS, HubResource, job_of
from pipelines.defs.runs import forget_runs
from pipelines.publish.run import publish_night
from pipelines.retention import apply_retention
from pipelines.status import last_deliveries, unhealthy_feeds
from pipelines.unfinished import finish
from schemas.warehouse import TABLES

_GROUP = "published"
_TABLES = [dg.AssetKey(["warehouse", name]) for name in TABLES]
POSTGRESQL = dg.AssetKey([_GROUP, "postgresql"])
VERDICT = dg.AssetKey([_GROUP, "verdict"])
RETRY = dg.RetryPolicy(max_retries=3, delay=5, backoff=dg.Backoff.EXPONENTIAL)


@dg.asset(
    key=POSTGRESQL,
    deps=_TABLES,
    group_name=_GROUP,
    owners=["team:resident_hub"],
    kinds={"postgres"},
    retry_policy=RETRY,
    description="对外发布 · the warehouse on PostgreSQL, as of the newest snapshot of the lake.",
)
def postgresql(context: dg.AssetExecutionContext, hub: HubResource) -> dg.MaterializeResult[None]:
    """Name the snapshot, then bring PostgreSQL to it in one transaction."""
    with hub.writing("publishing") as open_hub, ThreadPoolExecutor(1) as aside:
        context.log.info("publish: PostgreSQL, and Data Docs while the server works")
        site = aside.submit(docs, open_hub.home)
        report = publish_night(open_hub)
        if job_of(context) in NIGHTS:
            finish(open_hub.home)
            went = apply_retention(open_hub, open_hub.warehouse_url())
            if went:
                context.log.info(f"retention: {', '.join(f'{n} {k}' for k, n in went.items())}")
            forget_runs(context.instance, open_hub.config.retention.runs)
        pages = dg.MetadataValue.path(site.result())
    return dg.MaterializeResult(metadata={**report.to_dict(), "data_docs": pages})


@dg.asset(
    key=VERDICT,
    deps=[POSTGRESQL, ITEM],
    group_name=_GROUP,
    owners=["team:resident_hub"],
    description="本次运行结论 · fails, and says which feeds, when one failed or was held.",
)
def verdict(context: dg.AssetExecutionContext, hub: HubResource) -> dg.MaterializeResult[None]:
    """The run's last word."""
    with hub.writing("judging the night") as open_hub:
        # A run speaks of what it pulled; one that pulled nothing, such as a retry, of everything.
        pulled = {row["feed"] for row in last_deliveries(open_hub.home, context.run_id)}
        feeds = [feed for feed in unhealthy_feeds(open_hub) if not pulled or feed.feed in pulled]
    if feeds:
        named = "; ".join(f"{feed.feed}: {feed.message}" for feed in feeds)
        raise dg.Failure(
            f"{len(feeds)} feed(s) kept their old state: {named}",
            metadata={feed.feed: feed.message for feed in feeds},
            allow_retries=False,
        )
    return dg.MaterializeResult(metadata={"feeds": "all healthy"})
