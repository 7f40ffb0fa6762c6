"""The departments' deliveries: one step a department, three assets and the checks of each feed.

    source/<department>/... -> raw/<table> -> conformed/<table>, quarantine/<table>

No check blocks, on purpose: one step makes all tables of the warehouse, and a blocking check that
fails would skip healthy tables with it. A feed that fails or is held keeps its old state instead,
shows a failed check of severity ERROR with the reason, and the verdict at the end fails the run
and names it.
Secrets: those of the departments' sources, through hub.toml.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from expectations import Check, Kind, Outcome, RuleResult, Severity, checks_for
from foundation.home import Home
from pipelines.defs.describe import counts, feed_spec, source_spec, state
from pipelines.defs.hub import NIGHTS, HubResource, job_of
from pipelines.defs.trends import usual_result, usual_spec
from pipelines.deliver import Delivery, deliver_all
from pipelines.history import Trend, keep_judged, keep_nights, trends
from pipelines.hub import Hub
from pipelines.preview import markdown
from pipelines.reconcile import record as record_findings
from pipelines.rule_results import rule_results
from pipelines.status import record_deliveries
from pipelines.unfinished import begin
from schemas import FEEDS, Feed
from schemas.dropin import load_feeds
from schemas.feeds import DEPARTMENTS

ZONES = ("raw", "conformed", "quarantine")
load_feeds(Home.find().path / "feeds")  # the assets are those of this home
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


def check_specs_of(feed: Feed) -> list[dg.AssetCheckSpec]:
    """Delivery, balance, hold, and every rule of the feed."""
    own = {
        "delivered": "The department delivered, and the hub could read it. 已交付且可读取",
        "balanced": "delivered = known + conformed + quarantined + suppressed. 行数平衡",
        "accepted": "No rule about the whole batch held it. 整批未被扣留",
    }
    conformed = zone_key("conformed", feed)
    specs = [
        dg.AssetCheckSpec(name, asset=conformed, description=text) for name, text in own.items()
    ]
    specs += [
        dg.AssetCheckSpec(kind.value, asset=conformed, description=_described(checks))
        for kind, checks in _by_kind(feed).items()
    ]
    return [*specs, usual_spec(conformed)]


def _by_kind(feed: Feed) -> dict[Kind, list[Check]]:
    """The feed's rules by kind: one asset check a kind, since a check costs two events a night."""
    kinds: dict[Kind, list[Check]] = {}
    for check in checks_for(feed):
        kinds.setdefault(check.rule.kind, []).append(check)
    return kinds


def _described(checks: list[Check]) -> str:
    return "; ".join(f"{check.rule.title_zh} · {check.rule.title}" for check in checks)


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
            if job_of(context) in NIGHTS:
                begin(open_hub.home, context.run_id, hub.as_of)
            keep_judged(open_hub)  # of a run that was killed
            chosen = [f for f in feeds if any(zone_key(zone, f) in selected for zone in ZONES)]
            context.log.info(f"pulling {', '.join(feed.name for feed in chosen)}")
            deliveries = []
            for delivery in deliver_all(
                open_hub,
                chosen,
                full=hub.full,
                rebuild=hub.rebuild,
                reconcile=hub.reconcile,
                run_id=context.run_id,
            ):
                context.log.info(delivery.summary())
                deliveries.append(delivery)
            record_deliveries(open_hub, deliveries, context.run_id)
            keep_judged(open_hub)
            keep_nights(open_hub, deliveries)
            if hub.reconcile:
                record_findings(open_hub, [(d.feed, d.state, d.pull.compared) for d in deliveries])
            results = rule_results(open_hub)
            nights = trends(open_hub, [delivery.feed.id for delivery in deliveries])
            for delivery in deliveries:
                own = results.get(delivery.feed.id, [])
                yield from _results(context, open_hub, delivery, own, nights[delivery.feed.id])

    return _deliver


def _results(
    context: dg.AssetExecutionContext,
    hub: Hub,
    delivery: Delivery,
    results: list[RuleResult],
    nights: Trend,
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    feed = delivery.feed
    for zone in ZONES:
        if zone_key(zone, feed) in context.selected_asset_keys:
            table = hub.lake.table(zone, feed.table)
            yield dg.MaterializeResult(
                asset_key=zone_key(zone, feed),
                metadata={
                    **state(hub, table, feed.columns, zone != "conformed", delivery.appended > 0),
                    **counts(delivery.counts(), *_COUNTS[zone]),
                },
            )
    if zone_key("conformed", feed) in context.selected_asset_keys:
        yield from _check_results(delivery, results)
        is_drawn = delivery.judged_rows > 0 and job_of(context) in NIGHTS
        yield usual_result(zone_key("conformed", feed), nights, is_drawn)


_COUNTS = {
    "raw": ("delivered", "known", "appended", "unreadable", "seconds"),
    "conformed": ("added", "changed", "removed", "conformed", "quarantined", "seconds"),
    "quarantine": ("quarantined",),
}


def _check_results(delivery: Delivery, results: list[RuleResult]) -> Iterator[dg.AssetCheckResult]:
    """What this run found; rules that judged nothing new say what they last found."""
    conformed = zone_key("conformed", delivery.feed)

    def result(name: str, passed: bool, **metadata: Any) -> dg.AssetCheckResult:
        return dg.AssetCheckResult(
            asset_key=conformed, check_name=name, passed=passed, metadata=metadata
        )

    failure = delivery.failure
    error = {"error": str(failure)} if failure else {}
    yield result("delivered", failure is None, **error)
    yield result("balanced", delivery.balanced, **counts(delivery.counts(), *_BALANCE))
    held = {"held": ", ".join(delivery.held), "reason": delivery.message} if delivery.held else {}
    yield result("accepted", not delivery.held, **held)
    judged = {result.rule: result for result in results}
    for kind, checks in _by_kind(delivery.feed).items():
        yield _kind_result(conformed, kind, checks, judged)


_BALANCE = ("delivered", "known", "conformed", "quarantined", "suppressed")


def _kind_result(
    asset: dg.AssetKey, kind: Kind, checks: list[Check], judged: Mapping[str, RuleResult]
) -> dg.AssetCheckResult:
    """Passed if every rule stayed within its tolerance; could-not-run is an answer of its own."""
    found = [(check, judged[check.id]) for check in checks if check.id in judged]
    failed = [check for check, result in found if result.outcome is not Outcome.PASSED]
    is_error = any(check.severity is Severity.ERROR for check in failed)
    rows = [
        (check.rule.title_zh, check.id, result.outcome.value, result.broken, result.total,
         f"{check.rule.tolerance:.2%}")
        for check, result in found
    ]  # fmt: skip
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=kind.value,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
        metadata={
            "rules": dg.MetadataValue.md(markdown(_RULE_COLUMNS, rows)),
            "broken": sum(result.broken for _, result in found),
        },
    )


_RULE_COLUMNS = ("规则", "rule", "outcome", "broken", "rows", "tolerance")


def _by_department() -> dict[str, list[Feed]]:
    return {d: [f for f in FEEDS.values() if f.department == d] for d in DEPARTMENTS}


DEPARTMENT_ASSETS = [department_asset(name, feeds) for name, feeds in _by_department().items()]
