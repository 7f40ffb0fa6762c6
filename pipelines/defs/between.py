"""The rules between departments in the UI: one check a department on warehouse/discrepancy.

    WarehouseReport.rules -> suites -> AssetCheckResult, hub.rule_result, hub.rule_night

Warnings: a contradiction keeps no row out. What could not run is shown as that. Needs no secrets.
"""

from collections.abc import Iterator, Mapping

import dagster as dg

from expectations import Outcome, RuleResult, SuiteReport
from expectations.between import BETWEEN
from expectations.between.suites import checks_of, rule_of
from pipelines.between import judge_between, keep_between
from pipelines.history import trends
from pipelines.hub import Hub
from pipelines.preview import markdown
from pipelines.rule_results import rule_results
from pipelines.warehouse import ruled
from schemas.feeds import DEPARTMENTS

DISCREPANCY = dg.AssetKey(["warehouse", "discrepancy"])
_JUDGED = [department for department in DEPARTMENTS if checks_of(department)]
_COLUMNS = ("规则", "rule", "feed", "outcome", "broken", "rows", "tolerance")


def between_specs() -> list[dg.AssetCheckSpec]:
    """One check a department to which matters go back."""
    return [
        dg.AssetCheckSpec(
            f"between_{department}",
            asset=DISCREPANCY,
            description=f"{DEPARTMENTS[department]} 部门间规则 · what other feeds contradict",
        )
        for department in _JUDGED
    ]


def judge_and_keep(hub: Hub, ran: Mapping[str, str | None], run_id: str) -> list[SuiteReport]:
    """Judge the rules that this build ran, or one whose run was killed, and keep what they said."""
    waiting = {kind: cause for kind, cause in ruled.noted(hub.home).items() if kind in BETWEEN}
    reports = judge_between(hub, {**waiting, **ran}, run_id)
    keep_between(hub, reports)
    ruled.forget(hub.home)
    return reports


def between_results(hub: Hub) -> Iterator[dg.AssetCheckResult]:
    """What each rule last said, and whether tonight is unusual."""
    last = {
        (feed, result.rule): result
        for feed, results in rule_results(hub).items()
        for result in results
    }
    for department in _JUDGED:
        yield _result(hub, department, last)


def _result(
    hub: Hub, department: str, last: Mapping[tuple[str, str], RuleResult]
) -> dg.AssetCheckResult:
    checks = [
        (check, last.get((check.feed_id, rule_of(check.id)))) for check in checks_of(department)
    ]
    found = [(check, result) for check, result in checks if result]
    feeds = dict.fromkeys(check.feed_id for check, _ in found)
    own = {rule.id for rule in BETWEEN.values()}
    unusual = [
        f"{feed} {words}"
        for feed, trend in trends(hub, feeds).items()
        for words in trend.unusual
        if words.partition(":")[0] in own
    ]
    rows = [
        (check.rule.title_zh, rule_of(check.id), check.feed_id, result.outcome.value,
         result.broken, result.total, f"{check.rule.tolerance:.2%}")
        for check, result in found
    ]  # fmt: skip
    return dg.AssetCheckResult(
        asset_key=DISCREPANCY,
        check_name=f"between_{department}",
        passed=not unusual and all(result.outcome is Outcome.PASSED for _, result in found),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "rules": dg.MetadataValue.md(markdown(_COLUMNS, rows)),
            "broken": sum(result.broken for _, result in found),
            "could_not_run": sum(r.outcome is Outcome.COULD_NOT_RUN for _, r in found),
            "unusual": "; ".join(unusual) or "nothing",
        },
    )
