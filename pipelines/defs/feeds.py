"""The departments' deliveries: one step a department, three assets and the checks of each feed.

    source/<department>/... -> raw/<table> -> conformed/<table>, quarantine/<table>

A feed that fails or is held keeps its old state and shows failed checks that block nothing,
so that the healthy tables behind it are made all the same; the verdict at the end names it.
Secrets: those of the departments' sources, through hub.toml.
"""

from collections.abc import Iterator

import dagster as dg

from expectations import Check, Outcome, RuleResult, Severity, checks_for
from pipelines.defs.describe import counts, feed_spec, source_spec, state
from pipelines.defs.hub import HubResource
from pipelines.deliver import Delivery, deliver
from pipelines.hub import Hub
from pipelines.status import record_deliveries
from schemas import FEEDS, Feed
from schemas.feeds import DEPARTMENTS

ZONES = ("raw", "conformed", "quarantine")
SOURCES = {feed.id: source_spec(feed) for feed in FEEDS.values()}
RETRY = dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL)


def zone_key(zone: str, feed: Feed) -> dg.AssetKey:
    """The asset key of a feed in a zone."""
    return dg.AssetKey([zone, feed.table])


def specs_of(feed: Feed) -> list[dg.AssetSpec]:
    """The feed's three assets; each depends on where its rows come from."""
    raw = zone_key("raw", feed)
    return [
        feed_spec(feed, "raw", [SOURCES[feed.id].key]),
        feed_spec(feed, "conformed", [raw]),
        feed_spec(feed, "quarantine", [raw]),
    ]


def check_name(rule_id: str) -> str:
    """A rule's id as the name of an asset check."""
    return rule_id.replace(".", "_")


def check_specs_of(feed: Feed) -> list[dg.AssetCheckSpec]:
    """Delivery, balance, hold, and every rule of the feed."""
    own = {
        "delivered": "The department delivered, and the hub could read it. 已交付且可读取",
        "balanced": "delivered = known + conformed + quarantined, to the row. 行数平衡",
        "accepted": "No rule about the whole batch held it. 整批未被扣留",
    }
    conformed = zone_key("conformed", feed)
    specs = [
        dg.AssetCheckSpec(name, asset=conformed, description=text) for name, text in own.items()
    ]
    specs += [
        dg.AssetCheckSpec(
            check_name(check.id),
            asset=conformed,
            description=f"{check.rule.title_zh} · {check.rule.title}. {check.rule.why}",
        )
        for check in checks_for(feed)
    ]
    return specs


def department_asset(department: str, feeds: list[Feed]) -> dg.AssetsDefinition:
    """The step that pulls and conforms all feeds of one department."""

    @dg.multi_asset(
        name=department,
        specs=[spec for feed in feeds for spec in specs_of(feed)],
        check_specs=[spec for feed in feeds for spec in check_specs_of(feed)],
        can_subset=True,
        retry_policy=RETRY,
        description=f"{DEPARTMENTS[department]}: pull, check and conform",
    )
    def _deliver(context: dg.AssetExecutionContext, hub: HubResource) -> Iterator[object]:
        selected = context.selected_asset_keys
        with hub.writing(f"pulling {department}") as open_hub:
            deliveries = []
            for feed in feeds:
                if any(zone_key(zone, feed) in selected for zone in ZONES):
                    context.log.info(f"{feed.id}: pulling")
                    delivery = deliver(
                        open_hub, feed, full=hub.full, rebuild=hub.rebuild, run_id=context.run_id
                    )
                    context.log.info(delivery.summary())
                    deliveries.append(delivery)
            record_deliveries(open_hub, deliveries, context.run_id)
            for delivery in deliveries:
                yield from _results(context, open_hub, delivery)

    return _deliver


def _results(
    context: dg.AssetExecutionContext, hub: Hub, delivery: Delivery
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    feed = delivery.feed
    for zone in ZONES:
        if zone_key(zone, feed) in context.selected_asset_keys:
            table = hub.lake.table(zone, feed.table)
            yield dg.MaterializeResult(
                asset_key=zone_key(zone, feed),
                metadata={
                    **state(hub, table, feed.columns, by_source=zone != "conformed"),
                    **counts(delivery.counts(), *_COUNTS[zone]),
                },
            )
    if zone_key("conformed", feed) in context.selected_asset_keys:
        yield from _check_results(delivery)


_COUNTS = {
    "raw": ("delivered", "known", "appended", "unreadable", "seconds"),
    "conformed": ("added", "changed", "removed", "conformed", "quarantined", "seconds"),
    "quarantine": ("quarantined",),
}


def _check_results(delivery: Delivery) -> Iterator[dg.AssetCheckResult]:
    conformed = zone_key("conformed", delivery.feed)

    def result(name: str, passed: bool, **metadata: object) -> dg.AssetCheckResult:
        return dg.AssetCheckResult(
            asset_key=conformed, check_name=name, passed=passed, metadata=metadata
        )

    failure = delivery.failure
    error = {"error": str(failure)} if failure else {}
    yield result("delivered", failure is None, **error)
    yield result("balanced", delivery.balanced, **counts(delivery.counts(), *_BALANCE))
    yield result("accepted", not delivery.held, held=", ".join(delivery.held))
    judgements = {judged.rule: judged for judged in delivery.judgements()}
    for check in checks_for(delivery.feed):
        nothing = RuleResult(check.id, Outcome.PASSED, 0, 0, check.rule.tolerance)
        yield _rule_result(conformed, check, judgements.get(check.id, nothing))


_BALANCE = ("delivered", "known", "conformed", "quarantined")


def _rule_result(asset: dg.AssetKey, check: Check, judged: RuleResult) -> dg.AssetCheckResult:
    """Passed within its tolerance; could-not-run is its own answer, never a pass or a failure of the data."""
    is_error = check.severity is Severity.ERROR
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=check_name(check.id),
        passed=judged.outcome is Outcome.PASSED,
        severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
        metadata={
            "outcome": judged.outcome.value,
            "broken": judged.broken,
            "rows": judged.total,
            "tolerance": judged.tolerance,
        },
    )


def _by_department() -> dict[str, list[Feed]]:
    return {d: [f for f in FEEDS.values() if f.department == d] for d in DEPARTMENTS}


DEPARTMENT_ASSETS = [department_asset(name, feeds) for name, feeds in _by_department().items()]
