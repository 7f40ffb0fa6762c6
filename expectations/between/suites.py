"""The rules between departments as suites of Great Expectations, one a department.

    BETWEEN -> suite_id(department), checks_of(department) -> expectations.judge.tell, Data Docs

What a suite judges are the rows of the feeds that are contradicted; a check is a rule on one of
them. Needs no secrets.
"""

import hashlib
from collections.abc import Iterable

from expectations.between import BETWEEN
from expectations.between.rule import PREFIX, Between, model_sql
from expectations.rule import Check, Kind, Part, Rule
from schemas import FEEDS


def suite_id(department: str) -> str:
    """The name of a department's suite, in results and Data Docs."""
    return PREFIX + department


def checks_of(department: str, kinds: Iterable[str] = BETWEEN) -> tuple[Check, ...]:
    """The rules that go back to a department, once for each feed that they judge."""
    rules = (BETWEEN[kind] for kind in kinds)
    return tuple(
        _check(rule, feed)
        for rule in rules
        for feed in rule.judged
        if feed.startswith(f"{department}.")
    )


def check_id(rule: Between, feed: str) -> str:
    """The id of a rule on one of the feeds that it judges."""
    return f"{rule.id}@{feed}"


def rule_of(check: str) -> str:
    """The rule's id in a check's."""
    return check.partition("@")[0]


def version(department: str) -> str:
    """16 hex digits that change with what a department's rules say."""
    kinds = {rule_of(check.id).removeprefix(PREFIX) for check in checks_of(department)}
    said = "\n".join(model_sql(BETWEEN[kind]) for kind in sorted(kinds))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _check(rule: Between, feed: str) -> Check:
    titles = (f"{rule.title} ({feed})", f"{FEEDS[feed].title_zh}：{rule.title_zh}")
    judged = Rule(
        check_id(rule, feed),
        Kind.BETWEEN,
        rule.severity,
        *titles,
        f"{rule.why} {rule.fault}",
        lambda _: (),
        rule.tolerance,
        across_rows=True,
    )
    columns = dict.fromkeys(
        side.contradicted.rpartition(".")[2] for side in rule.sides if side.other_feed == feed
    )
    return Check(judged, feed, (Part(tuple(columns), "no other feed contradicts it"),))
