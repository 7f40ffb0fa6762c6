"""All rules, and which of them a feed has.

    rules/*.py -> RULES -> rules_for(feed): its checks; rules_version(feed): a hash of them

Needs no secrets. Alone: ``python -c "from expectations.registry import main; main()"`` lists them.
"""

import hashlib
from datetime import date

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


def main() -> None:
    """List the rules: id, severity, titles, number of feeds."""
    feeds = dict.fromkeys(RULES, 0)
    for feed in FEEDS.values():
        for check in rules_for(feed):
            feeds[check.id] += 1
    for rule in RULES.values():
        print(f"{rule.id:38} {rule.severity:8} {feeds[rule.id]:3} {rule.title} {rule.title_zh}")
    print(f"{len(RULES)} rules, {sum(feeds.values())} checks")
