"""A feed's nights: how much it brought and how its rules fared, and what of tonight is unusual.

    notes of pulls, deliveries -> hub.feed_night ──┬──> trends(hub, feeds) -> Trend
    notes of judged rows ───────> hub.rule_night ──┘

Runs of one business date add up to its night; what a killed run brought is in it, and rows that a
run judges again, because another was killed before it had settled them, count once. Rules that
could not run are kept as such, and are in no rate. Counts only. Needs no secrets.
Alone: ``trends(hub, ["community.wish"])``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from expectations import Outcome, RuleResult
from expectations.trend import Share, unusual_rate, unusual_size
from pipelines.brought import Brought, collect
from pipelines.brought import forget as forget_brought
from pipelines.hub import Hub
from pipelines.records import Row, merge, selected
from pipelines.rule_results import Note, forget, keep_last, notes
from schemas import FEEDS
from schemas.columns import PUBLIC, integer, text
from schemas.columns import date as day
from schemas.model import Delivery as Way
from schemas.model import Feed, Table

if TYPE_CHECKING:
    from pipelines.deliver import Delivery

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
        integer("", "last_batch", "the last batch that is counted", "末次批次", PUBLIC),
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
        integer("", "after_batch", "the rows judged last are behind it", "末次起始批次", PUBLIC),
        integer("", "earlier_broken", "broken, of rows judged before", "此前违反行数", PUBLIC),
        integer("", "earlier_total", "rows judged before them", "此前检查行数", PUBLIC),
    ),
    ("feed", "rule_id", "night"),
)


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
    """Add to its night what was brought, by this step or one that was killed; say who brought none.

    A feed that failed before it brought anything has no night.
    """
    noted = collect(hub)
    nights = sorted({hub.as_of, *(one.night for one in noted)})
    found = selected(hub, FEED_NIGHT, "night in (select unnest($nights))", {"nights": nights})
    before = {(row["feed"], row["night"]): row for row in found}
    rows = dict(before)
    for one in noted:
        rows[one.feed, one.night] = _with(rows.get((one.feed, one.night)), one)
    for d in deliveries:
        if d.failure is None and (d.delivered or _by_cursor(d.feed)):
            nothing_new = Brought(d.feed.id, hub.as_of, 0, d.delivered, 0)
            rows.setdefault((d.feed.id, hub.as_of), _with(None, nothing_new))
    merge(hub, FEED_NIGHT, [row for place, row in rows.items() if row != before.get(place)])
    forget_brought(hub.home, noted)


def _by_cursor(feed: Feed) -> bool:
    return feed.delivery in (Way.CURSOR, Way.APPEND)


def _with(row: Row | None, one: Brought) -> Row:
    """The night with one pull more, unless that is in it."""
    counts = {"delivered": one.delivered, "appended": one.appended}
    if row and one.batch <= (row["last_batch"] or 0):
        return row
    if row:
        counts = {name: row[name] + count for name, count in counts.items()}
    return {"feed": one.feed, "night": one.night, **counts, "last_batch": one.batch}


def keep_judged(hub: Hub) -> None:
    """Bring what conform has noted into the tables, also what a run that was killed left behind.

    One commit a table; a kill between them repeats what is in one of them and changes nothing.
    """
    noted = notes(hub.home)
    if noted:
        keep_last(hub, noted)
        keep_rules(hub, noted)
        forget(hub.home, noted)


def keep_rules(hub: Hub, judged: Sequence[Note]) -> None:
    """Add what rules said of rows to their nights; rows that were judged again count once."""
    nights = sorted({said.night for said in judged})
    where = "night in (select unnest($nights))"
    found = selected(hub, RULE_NIGHT, where, {"nights": nights}) if nights else []
    known = {(row["feed"], row["rule_id"], row["night"]): row for row in found}
    changed = []
    for said in judged:
        for result in said.results:
            before = known.get((said.feed, result.rule, said.night))
            row = _night_of(said, result, before)
            if row and row != before:
                changed.append(row)
    merge(hub, RULE_NIGHT, changed)


def _night_of(said: Note, result: RuleResult, before: Row | None) -> Row | None:
    """The rule's row with these results; None if they tell nothing."""
    could_not_run = result.outcome is Outcome.COULD_NOT_RUN
    if not result.total and (before or not could_not_run):
        return None
    earlier = _before_them(said, before)
    return {
        "feed": said.feed,
        "rule_id": result.rule,
        "night": said.night,
        "broken": earlier["earlier_broken"] + result.broken,
        "total": earlier["earlier_total"] + result.total,
        "outcome": result.outcome.value,
        "after_batch": said.after_batch,
        **earlier,
    }


def _before_them(said: Note, before: Row | None) -> Row:
    """What the night had before these rows: without what the same rows said the last time."""
    if before is None:
        return {"earlier_broken": 0, "earlier_total": 0}
    if before["after_batch"] == said.after_batch:
        return {name: before[name] for name in ("earlier_broken", "earlier_total")}
    return {"earlier_broken": before["broken"], "earlier_total": before["total"]}


_RECENT = "feed in (select unnest($feeds)) and night between $as_of - $days::int and $as_of"


def trends(hub: Hub, feeds: Iterable[str]) -> dict[str, Trend]:
    """The last nights of each feed, up to the business date."""
    asked = list(feeds)
    values = {"feeds": asked, "as_of": hub.as_of, "days": NIGHTS}
    sizes = selected(hub, FEED_NIGHT, f"{_RECENT} order by night", values)
    broken = (
        f"{_RECENT} and (feed, rule_id) in (select (feed, rule_id) from records"
        " where broken > 0 or outcome = 'could_not_run') order by night"
    )
    rules = selected(hub, RULE_NIGHT, broken, values)
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
