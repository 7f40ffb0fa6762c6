"""What is in quarantine: how much under which rule, the rows themselves, and judging them again.

    quarantine.<table>, raw.<table> -> list_quarantine, show_quarantine      replay -> conform_feed

Values of personal columns are shown as their shape only, unless asked for. Needs no secrets.
Alone: ``list_quarantine(Hub.open(Home.find()))``.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from expectations.registry import RULES
from foundation.engine import quote, run
from foundation.redact import opaque
from pipelines.brought import collect
from pipelines.conform.run import ConformReport, conform_feed
from pipelines.conform.standing import reach, standing
from pipelines.hub import Hub
from pipelines.pull import remove
from schemas import FEEDS, Feed, Sensitivity

_SHAPES = (
    (re.compile(r"[0-9０-９]"), "9"),
    (re.compile(r"[A-Za-z]"), "a"),
    (re.compile(r"[^\W\d_a-zA-Z]"), "某"),
)
_OPEN = (Sensitivity.PUBLIC, Sensitivity.INTERNAL)
LONGEST = 120  # characters of a cell that are shown without ``unmask``


def list_quarantine(hub: Hub, feeds: tuple[Feed, ...] | None = None) -> list[dict[str, Any]]:
    """Counts of all feeds or of those given: feed, rule, title, title_zh, rows, since (the oldest).

    The rule ``held`` counts the raw rows of batches that wait as a whole.
    """
    return [count for feed in feeds or tuple(FEEDS.values()) for count in _counts(hub, feed)]


def show_quarantine(
    hub: Hub, feed: Feed, *, rule: str | None = None, limit: int = 20, unmask: bool = False
) -> list[dict[str, Any]]:
    """Rows in quarantine as dicts: `_key`, `_rules`, `_since`, then the delivered cells.

    A line that could not be read has no cells, but `_unit`, `_place`, `_reason` and `_line`.
    Personal cells keep their shape alone (digits 9, letters a, ideographs 某), long ones are cut,
    and the key is a keyed hash, unless ``unmask``: whoever asks for that sees people's data.
    """
    con = hub.connect()
    try:
        reach(con, hub, feed)
        names = ["_key", "_rules", "_since", "_op", *feed.sources, "_extra"]
        columns = ", ".join(map(quote, names))
        rows = run(
            con,
            f"""select {columns} from quarantine_rows
                where $rule is null or list_contains(_rules, $rule)
                order by _since, _batch, _row limit $limit""",
            {"rule": rule, "limit": limit},
        )
    finally:
        con.close()
    found = [_told(dict(zip(names, row, strict=True))) for row in rows]
    return found if unmask else [_masked(hub, feed, row) for row in found]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """What is known of a line that could not be read, as members of their own."""
    if row.pop("_op") == "X":
        extra = json.loads(row.pop("_extra"))
        row |= {f"_{name}": extra.get(name) for name in ("unit", "place", "reason", "line")}
    return row


def replay(hub: Hub, feed: Feed, *, accept_held: bool = False) -> ConformReport:
    """Judge the whole feed again from raw; ``accept_held`` lets a batch pass that is held."""
    return conform_feed(hub, feed, None, anew=True, accept_held=accept_held)


def discard_unreadable(hub: Hub, feed: Feed) -> int:
    """Take out of quarantine what nothing delivered later can replace; returns the rows.

    Lines and rows without a key of their own: a steward says that they are settled in another way.
    They stay in raw, and come back if the department delivers them again.
    """
    collect(hub)  # or what a killed pull noted passes for this batch
    con = hub.connect()
    try:
        now = reach(con, hub, feed)
        run(
            con,
            """create or replace temp table absent as
               select _key from quarantine_rows where starts_with(_key, '#')""",
        )
        gone = remove(con, now, feed)
    finally:
        con.close()
    if gone:
        conform_feed(hub, feed)
    return gone


def _counts(hub: Hub, feed: Feed) -> list[dict[str, Any]]:
    now = standing(hub.lake, feed)
    if not (now.quarantine.exists or now.is_behind):
        return []
    con = hub.connect()
    try:
        reach(con, hub, feed)
        rows = run(
            con,
            """select rule, count(*), min(_since)
               from (select unnest(_rules) as rule, _since from quarantine_rows)
               group by rule order by count(*) desc, rule""",
        )
        [(waiting, since)] = run(
            con,
            """select count(*), min(_received_at) from raw_rows
               where _batch > $1 and _op in ('U', 'X')""",
            [now.conformed_batch],
        )
    finally:
        con.close()
    if waiting:
        rows.append(("held", waiting, since))
    return [_count(feed, *row) for row in rows]


def _count(feed: Feed, rule: str, rows: int, since: datetime) -> dict[str, Any]:
    title, title_zh = _titles(rule)
    names = {"feed": feed.id, "rule": rule, "title": title, "title_zh": title_zh}
    return {**names, "rows": rows, "since": since.isoformat(timespec="seconds")}


def _titles(rule: str) -> tuple[str, str]:
    if rule in RULES:
        return RULES[rule].title, RULES[rule].title_zh
    if rule == "held":
        return "Batches that wait as a whole", "整批暂缓"
    return ("The line cannot be parsed", "无法解析的行") if "unreadable" in rule else (rule, rule)


def _masked(hub: Hub, feed: Feed, row: dict[str, Any]) -> dict[str, Any]:
    shown = row | {"_key": opaque(row["_key"], hub.home)}
    for column in feed.columns:
        value = row[column.source]
        head = value[:LONGEST] if value else value
        cell = head if column.sensitivity in _OPEN else _shape(head)
        shown[column.source] = cell if value == head else f"{cell}… ({len(value):,} characters)"
    for name in ("_line", "_extra"):
        if row.get(name):
            shown[name] = f"{len(row[name]):,} characters"
    return shown


def _shape(value: str | None) -> str | None:
    for pattern, sign in _SHAPES if value else ():
        value = pattern.sub(sign, value or "")
    return value
