"""What the rules between departments came to: counts by Great Expectations, kept for the Data Docs.

    warehouse.discrepancy + conformed.<feed> -> a boolean a row and rule -> suites -> RuleResults

Only rules that ran tonight are judged: the others say what they last said. A rule on a feed that
was never delivered, or against feeds none of which was, could not run. Needs no secrets.
Alone: ``judge_between(hub, dict.fromkeys(BETWEEN), "by hand")``.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import duckdb
import numpy as np

from expectations import RuleResult, SuiteReport
from expectations.between import BETWEEN
from expectations.between.suites import check_id, checks_of, rule_of, suite_id
from expectations.judge import Told, tell
from expectations.rule import Check
from foundation.engine import attach, run
from foundation.lake import Lake
from pipelines.history import keep_rules
from pipelines.hub import Hub
from pipelines.rule_results import Note, keep_last
from schemas import FEEDS
from schemas.derive import conformed_schema, literal, table_schema
from schemas.feeds import DEPARTMENTS
from schemas.warehouse.quality import DISCREPANCY

ALL = 0  # behind no batch: these rules judge every row that a feed has, each time


def judge_between(hub: Hub, ran: Mapping[str, str | None], run_id: str) -> list[SuiteReport]:
    """Judge the rules that a build ran, one suite a department. ``ran``: kind -> error, if any."""
    reports = []
    con = hub.connect()
    try:
        attach(con, hub.lake, [DISCREPANCY.id], {DISCREPANCY.id: table_schema(DISCREPANCY)})
        for department in DEPARTMENTS:
            checks = checks_of(department, [kind for kind in BETWEEN if kind in ran])
            if checks:
                reports.append(_judge(con, hub, department, checks, ran, run_id))
    finally:
        con.close()
    return reports


def keep_between(hub: Hub, reports: Iterable[SuiteReport]) -> None:
    """Remember the results by feed and rule, as the last word and as tonight's."""
    judged: dict[str, list[RuleResult]] = {}
    for report in reports:
        for result in report.results:
            own = replace(result, rule=rule_of(result.rule))
            judged.setdefault(result.rule.partition("@")[2], []).append(own)
    said = [Note(feed, hub.as_of, ALL, tuple(results)) for feed, results in judged.items()]
    keep_last(hub, said)
    keep_rules(hub, said)


def _judge(
    con: duckdb.DuckDBPyConnection,
    hub: Hub,
    department: str,
    checks: Sequence[Check],
    ran: Mapping[str, str | None],
    run_id: str,
) -> SuiteReport:
    began = time.monotonic()
    refused = _refused(hub.lake, ran)
    refused = {check.id: refused[check.id] for check in checks if check.id in refused}
    holds: dict[str, np.ndarray] = {}
    for feed in dict.fromkeys(check.feed_id for check in checks):
        own = [c.id for c in checks if c.feed_id == feed and c.id not in refused]
        holds |= _holds(con, hub.lake, feed, own)
    told = Told(suite_id(department), run_id, hub.as_of)
    results = tell(hub.home, told, checks, {}, holds, refused)
    rows = sum(len(passes) for passes in holds.values())
    return SuiteReport(told.suite, run_id, rows, results, time.monotonic() - began)


def _refused(lake: Lake, ran: Mapping[str, str | None]) -> dict[str, str]:
    """Checks that could not run, with the kind of error."""
    refused = {}
    for kind, cause in ran.items():
        rule = BETWEEN[kind]
        for feed in rule.judged:
            against = [side.feed for side in rule.sides if side.other_feed == feed]
            there = _delivered(lake, [feed]) and _delivered(lake, against)
            if cause or not there:
                refused[check_id(rule, feed)] = cause or "NotDelivered"
    return refused


def _delivered(lake: Lake, feeds: Iterable[str]) -> bool:
    return any(lake.table("conformed", FEEDS[feed].table).exists for feed in feeds)


def _holds(
    con: duckdb.DuckDBPyConnection, lake: Lake, feed: str, checks: Sequence[str]
) -> dict[str, np.ndarray]:
    """For each check whether each row of the feed passes it, from one pass over the feed's keys."""
    if not checks:
        return {}
    table = f"conformed.{FEEDS[feed].table}"
    attach(con, lake, [table], {table: conformed_schema(FEEDS[feed])})
    kinds = [check.partition("@")[0].partition(".")[2] for check in checks]
    at = " ".join(f"when {literal(kind)} then {2**bit}" for bit, kind in enumerate(kinds))
    run(
        con,
        f"""create or replace temp table contradicted as
        select _key, bit_or(cast(case discrepancy_kind {at} else 0 end as bigint)) as bits
        from (
            select discrepancy_kind, unnest(other_record_keys) as _key
            from {DISCREPANCY.id} where other_feed = {literal(feed)}
        ) group by _key""",
    )
    bits = con.sql(
        f"select coalesce(bits, 0) as bits from {table} left join contradicted using (_key)"
    ).fetchnumpy()["bits"]
    return {check: (bits & 2**bit) == 0 for bit, check in enumerate(checks)}
