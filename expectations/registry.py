"""All rules, and which of them a feed has.

    rules/*.py -> RULES -> rules_for(feed): its checks; rules_version(feed): a hash of them

Needs no secrets. Alone: ``python -c "from expectations.registry import main; main()"`` lists all
rules, those between departments too, with the departments to which they go back.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date

from expectations.between import BETWEEN
from expectations.between.rule import Between
from expectations.roles import prepared
from expectations.rule import Check, Rule, bind
from expectations.rules import (
    batch,
    benefit,
    code,
    emergency,
    household,
    identity,
    name,
    phone,
    residence,
    text,
    ticket,
)
from expectations.rules import date as dates
from schemas import FEEDS, Feed

_MODULES = (
    batch,
    text,
    identity,
    name,
    code,
    dates,
    residence,
    household,
    phone,
    benefit,
    ticket,
    emergency,
)

RULES: dict[str, Rule] = {rule.id: rule for module in _MODULES for rule in module.RULES}


def rules_for(feed: Feed) -> tuple[Check, ...]:
    """The checks of a feed: every rule that finds columns in it, in the registry's order."""
    return bind(RULES.values(), feed)


def rules_version(feed: Feed) -> str:
    """16 hex digits that change when a verdict on the feed's rows could change."""
    said = [prepared(feed, "candidate", date.min)]
    said += [f"{check.id} {check.severity} {check.predicate}" for check in rules_for(feed)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def catalogue() -> list[dict[str, object]]:
    """Every rule as plain data: id, severity, tolerance, feeds and departments, titles, reason."""
    feeds: dict[str, list[str]] = {rule: [] for rule in RULES}
    for feed in FEEDS.values():
        for check in rules_for(feed):
            feeds[check.id].append(feed.id)
    own = [_entry(rule, feeds[rule.id]) for rule in RULES.values()]
    return own + [_entry(rule, rule.judged) for rule in BETWEEN.values()]


def _entry(rule: Rule | Between, feeds: Sequence[str]) -> dict[str, object]:
    return {
        "rule": rule.id,
        "severity": rule.severity.value,
        "tolerance": rule.tolerance,
        "departments": sorted({feed.partition(".")[0] for feed in feeds}),
        "feeds": list(feeds),
        "title": rule.title,
        "title_zh": rule.title_zh,
        "why": rule.why,
    }


def main() -> None:
    """Print the catalogue, one JSON object a line."""
    for entry in catalogue():
        print(json.dumps(entry, ensure_ascii=False))
