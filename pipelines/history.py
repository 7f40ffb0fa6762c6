"""A feed's nights: how much it brought and how its rules fared, and what of tonight is unusual.

    deliveries, SuiteReports -> hub.feed_night, hub.rule_night -> trends(hub, feeds) -> Trend

Runs of one business date add up to its night. Rules that could not run are kept as such, and are in
no rate. Counts only. Needs no secrets. Alone: ``trends(hub, ["community.wish"])``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from expectations import Outcome, RuleResult
from expectations.trend import Share, unusual_rate, unusual_size
from foundation.engine import attach, run
from pipelines.deliver import Delivery
from pipelines.hub import Hub
from pipelines.records import Row, merge
from schemas import FEEDS
from schemas.columns import PUBLIC, integer, text
from schemas.columns import date as day
from schemas.derive import table_schema
from schemas.model import Delivery as Way
from schemas.model import Feed, Table

NIGHTS = 60
FEED_NIGHT = Table(
    "hub",
    "feed_night",
    "one row a feed and night on which it was read",
    "来源逐夜情况",
    (
        text("", "feed", "department.feed", "来源", PUBLIC),
        day("", "night", "business date", "业务日期", PUBLIC),
        integer("", "delivered", "rows that the department delivered", "交付行数", PUBLIC),
        integer("", "appended", "rows of them that were new", "新增行数", PUBLIC),
    ),
    ("feed", "night"),
)
RULE_NIGHT = Table(
    "hub",
    "rule_night",
    "one row a feed, rule and night on which it judged rows",
    "规则逐夜结果",
    (
        text("", "feed", "department.feed", "来源", PUBLIC),
        text("", "rule_id", "the rule", "规则", PUBLIC),
        day("", "night", "business date", "业务日期", PUBLIC),
        integer("", "broken", "rows that broke it", "违反行数", PUBLIC),
        integer("", "total", "rows judged; 0 if it could not run", "检查行数", PUBLIC),
        text("", "outcome", "passed, failed or could_not_run", "结果", PUBLIC),
    ),
    ("feed", "rule_id", "night"),
)
Judged = tuple[str, RuleResult]


@dataclass(frozen=True)
class Trend:
    """One feed's last nights, oldest first, and what is unusual about the last of them.

    ``sizes``: night and rows; of a feed that comes by cursor the new ones. ``rates``: by rule the
    share of each night that judged it, None where it could not run; rules that nobody broke are
    left out.
    """

    feed: str
    sizes: tuple[tuple[date, int], ...] = ()
    rates: dict[str, tuple[tuple[date, Share | None], ...]] = field(default_factory=dict)
    unusual: tuple[str, ...] = ()


def keep_nights(hub: Hub, deliveries: Sequence[Delivery]) -> None:
    """Add what a step's feeds brought to tonight's row; a feed that failed brought nothing."""
    sizes = [
        {
            "feed": d.feed.id,
            "night": hub.as_of,
            "delivered": d.delivered,
            "appended": d.appended,
        }
        for d in deliveries
        if d.failure is None and (d.delivered or _by_cursor(d.feed))
    ]
    _add(hub, FEED_NIGHT, sizes, ("appended", "delivered"))
    judged = ((d.feed.id, d.conform.judged) for d in deliveries)
    keep_rules(hub, [(feed, found) for feed, said in judged if said for found in said.results])


def _by_cursor(feed: Feed) -> bool:
    return feed.delivery in (Way.CURSOR, Way.APPEND)


def keep_rules(hub: Hub, judged: Iterable[Judged]) -> None:
    """Add what rules said of a feed's rows to tonight's row."""
    rows = [
        {
            "feed": feed,
            "rule_id": found.rule,
            "night": hub.as_of,
            "broken": found.broken,
            "total": found.total,
            "outcome": found.outcome.value,
        }
        for feed, found in judged
        if found.total or found.outcome is Outcome.COULD_NOT_RUN
    ]
    _add(hub, RULE_NIGHT, rows, ("total", "broken"))


def _add(hub: Hub, table: Table, rows: Sequence[Row], sums: Sequence[str]) -> None:
    """Merge rows; what tonight has already is added to. Nothing new, by the first sum: no write."""
    if not rows:
        return
    names = [name for name in table.key if name != "night"]
    tonight = _read(hub, table, "night = $as_of", {"as_of": hub.as_of})
    known = {tuple(row[name] for name in names): row for row in tonight}
    fresh = []
    for row in rows:
        before = known.get(tuple(row[name] for name in names))
        if before is None or row[sums[0]]:
            fresh.append(row | {name: row[name] + (before or {}).get(name, 0) for name in sums})
    merge(hub, table, fresh)


def _read(hub: Hub, table: Table, where: str, values: dict[str, Any]) -> list[Row]:
    schema = table_schema(table)
    with hub.connect() as con:
        attach(con, hub.lake, [table.id], {table.id: schema})
        columns = ", ".join(f'"{name}"' for name in schema.names)
        found = run(con, f"select {columns} from {table.id} where {where}", values)
    return [dict(zip(schema.names, row, strict=True)) for row in found]


_RECENT = "feed in (select unnest($feeds)) and night between $as_of - $days::int and $as_of"


def trends(hub: Hub, feeds: Iterable[str]) -> dict[str, Trend]:
    """The last nights of each feed, up to the business date."""
    asked = list(feeds)
    values = {"feeds": asked, "as_of": hub.as_of, "days": NIGHTS}
    sizes = _read(hub, FEED_NIGHT, f"{_RECENT} order by night", values)
    broken = (
        f"{_RECENT} and (feed, rule_id) in (select (feed, rule_id) from {RULE_NIGHT.id}"
        " where broken > 0 or outcome = 'could_not_run') order by night"
    )
    rules = _read(hub, RULE_NIGHT, broken, values)
    return {
        feed: _trend(
            hub.as_of,
            feed,
            [row for row in sizes if row["feed"] == feed],
            [row for row in rules if row["feed"] == feed],
        )
        for feed in asked
    }


def _trend(as_of: date, feed: str, sizes: list[Row], rules: list[Row]) -> Trend:
    by_rule: dict[str, list[tuple[date, Share | None]]] = {}
    for row in rules:
        ran = row["outcome"] != Outcome.COULD_NOT_RUN.value
        share = Share(row["broken"], row["total"]) if ran else None
        by_rule.setdefault(row["rule_id"], []).append((row["night"], share))
    measured = tuple(_sizes(feed, sizes))
    rates = {rule: tuple(nights) for rule, nights in by_rule.items()}
    unusual = (*_odd_size(as_of, measured), *_odd_rates(as_of, rates))
    return Trend(feed, measured, rates, unusual)


def _sizes(feed: str, rows: Iterable[Row]) -> Iterable[tuple[date, int]]:
    """By cursor: new rows, also none; of files: all rows, on the nights that brought one."""
    by_cursor = _by_cursor(FEEDS[feed])
    for row in rows:
        if by_cursor or row["delivered"]:
            yield row["night"], row["appended"] if by_cursor else row["delivered"]


def _odd_size(as_of: date, sizes: Sequence[tuple[date, int]]) -> Iterable[str]:
    if sizes and sizes[-1][0] == as_of:
        found = unusual_size(sizes[-1][1], [size for _, size in sizes[:-1]])
        if found:
            yield f"size: {found}"


def _odd_rates(
    as_of: date, rates: dict[str, tuple[tuple[date, Share | None], ...]]
) -> Iterable[str]:
    for rule, nights in rates.items():
        night, tonight = nights[-1]
        if night == as_of and tonight is not None:
            found = unusual_rate(tonight, [share for _, share in nights[:-1] if share])
            if found:
                yield f"{rule}: {found}"
