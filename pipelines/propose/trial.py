"""Try a declared feed: pull, conform and judge it in a scratch home, twice, and leave no trace.

    declaration + source -> scratch home -> counts, broken rules, persons; the second pull is known

Secrets: the source's. Alone: `hub feed try NAME`.
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from expectations import RULES
from foundation.engine import attach, run
from foundation.home import Home
from foundation.lake import Lake
from pipelines.deliver import Delivery, deliver
from pipelines.hub import Hub
from schemas.derive import conformed_schema, quoted
from schemas.model import Feed


@dataclass(frozen=True)
class Trial:
    """Counts of the first pull, rules by rows broken, persons by slot; ``again`` known twice."""

    feed: str
    state: str
    message: str | None
    delivered: int
    conformed: int
    quarantined: int
    balanced: bool
    rules: list[dict[str, Any]]
    people: dict[str, dict[str, int]]
    again_delivered: int
    again_known: int
    drift: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for ``--json``."""
        return asdict(self)


def try_feed(hub: Hub, feed: Feed) -> Trial:
    """Run the feed as a first and a second night would; the hub's own tables are not touched."""
    with tempfile.TemporaryDirectory(prefix="try-", dir=hub.home.process_spill()) as folder:
        home = Home(Path(folder) / "home")
        scratch = replace(hub, home=home, lake=Lake(home.lake))
        first = deliver(scratch, feed)
        second = deliver(scratch, feed)
        people = _people(scratch, feed)
    return Trial(
        feed.id,
        first.state,
        first.message,
        first.delivered,
        first.conform.conformed,
        first.conform.quarantined,
        first.balanced,
        _rules(first),
        people,
        second.delivered,
        second.pull.known,
        first.pull.drift,
    )


def _rules(delivery: Delivery) -> list[dict[str, Any]]:
    named = ((rule, rows, RULES.get(rule)) for rule, rows in delivery.conform.broken.items())
    rows = [
        {
            "rule": rule,
            "title_zh": known.title_zh if known else rule,
            "severity": known.severity.value if known else "error",
            "rows": count,
        }
        for rule, count, known in named
    ]
    return sorted(rows, key=lambda row: (row["severity"], -row["rows"]))


def _people(hub: Hub, feed: Feed) -> dict[str, dict[str, int]]:
    """How many rows have each person, and with an id number."""
    if not feed.mentions:
        return {}
    table = f"conformed.{feed.table}"
    found: dict[str, dict[str, int]] = {}
    with hub.connect() as con:
        attach(con, hub.lake, [table], {table: conformed_schema(feed)})
        for slot in feed.mentions:
            number = f"count({quoted(slot.id_no)})" if slot.id_no else "0"
            [(named, numbered)] = run(
                con,
                f"select count({quoted(slot.name)}), {number} from conformed.{quoted(feed.table)}",
            )
            found[slot.slot] = {"named": named, "with_number": numbered}
    return found
