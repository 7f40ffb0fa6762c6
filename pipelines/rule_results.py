"""How each rule fared the last time that it judged rows: what checks and the warehouse read.

    conform: rows judged -> hub.rule_result -> rows settled

Written before the rows are settled: a run that is killed in between judges them again, and says
the same. Counts only. Needs no secrets.
"""

from collections.abc import Iterable

from expectations import Outcome, RuleResult, SuiteReport
from pipelines.hub import Hub
from pipelines.records import Row, merge, stored
from schemas.columns import PUBLIC, date, integer, text
from schemas.model import Feed, Table

RULE_RESULT = Table(
    "hub",
    "rule_result",
    "one row a feed and rule, as of the last night that judged rows by it",
    "规则结果",
    (
        text("", "feed", "department.feed", "来源", PUBLIC),
        text("", "rule_id", "the rule", "规则", PUBLIC),
        date("", "night", "the night", "业务日期", PUBLIC),
        integer("", "broken", "rows that broke it", "违反行数", PUBLIC),
        integer("", "total", "rows judged", "检查行数", PUBLIC),
        text("", "outcome", "passed, failed or could_not_run", "结果", PUBLIC),
    ),
    ("feed", "rule_id"),
)


def keep_results(hub: Hub, feed: Feed, judged: SuiteReport) -> None:
    """Remember what the rules said of rows; results that are as they were are not written."""
    if judged.rows:
        keep_last(hub, [(feed.id, result) for result in judged.results])


def keep_last(hub: Hub, judged: Iterable[tuple[str, RuleResult]]) -> None:
    """Remember results by feed; results that are as they were are not written."""
    known = {(row["feed"], row["rule_id"]): row for row in stored(hub, RULE_RESULT)}
    rows = [_row(hub, feed, result) for feed, result in judged]
    merge(hub, RULE_RESULT, [r for r in rows if r != known.get((r["feed"], r["rule_id"]))])


def _row(hub: Hub, feed: str, result: RuleResult) -> Row:
    return {
        "feed": feed,
        "rule_id": result.rule,
        "night": hub.as_of,
        "broken": result.broken,
        "total": result.total,
        "outcome": result.outcome.value,
    }


def rule_results(hub: Hub) -> dict[str, list[RuleResult]]:
    """What every rule last said, by feed."""
    found: dict[str, list[RuleResult]] = {}
    for row in stored(hub, RULE_RESULT):
        outcome = Outcome(row["outcome"])
        result = RuleResult(row["rule_id"], outcome, row["broken"], row["total"], 0.0)
        found.setdefault(row["feed"], []).append(result)
    return found
