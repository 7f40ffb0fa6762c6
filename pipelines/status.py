"""How each feed stands, and how each rule fared: what the verdict, freshness and `hub status` read.

    deliveries of a step -> hub.feed_status, hub.rule_result (written only where they changed)
                         -> home/runs/<job run>.json, what this run brought, for the command line

Counts and messages without values of rows. Needs no secrets.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from expectations import Outcome, RuleResult
from foundation.clock import utc_now
from foundation.engine import attach, stream
from foundation.home import Home
from pipelines.deliver import Delivery
from pipelines.hub import Hub
from schemas.columns import INTERNAL, PUBLIC, date, integer, text, timestamp
from schemas.derive import table_schema
from schemas.model import Table

FEED_STATUS = Table(
    "hub",
    "feed_status",
    "one row a feed: how it stands since which night",
    "来源状态",
    (
        text("", "feed", "department.feed", "来源", PUBLIC),
        date("", "night", "business date of the last night that ran it", "业务日期", PUBLIC),
        text("", "state", "ok, failed or held on that night", "状态", PUBLIC),
        text("", "message", "why it failed or is held; names no one", "说明", INTERNAL),
        timestamp(
            "", "last_success_at", "first success of the last good night", "最近成功", PUBLIC
        ),
        date(
            "", "stale_since", "first night without a success, if it has none", "滞后起始", PUBLIC
        ),
        integer(
            "", "delivered", "rows of the last delivery that brought something", "交付行数", PUBLIC
        ),
        integer("", "conformed", "rows held now", "现有行数", PUBLIC),
        integer("", "quarantined", "rows in quarantine now", "隔离行数", PUBLIC),
    ),
    ("feed",),
)
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
TABLES = {table.name: table for table in (FEED_STATUS, RULE_RESULT)}
_KEPT_RUNS = 30


@dataclass(frozen=True)
class Unhealthy:
    """A feed that kept its old state, and why."""

    feed: str
    state: str
    message: str


def record_deliveries(hub: Hub, deliveries: Sequence[Delivery], run_id: str) -> None:
    """Keep what a step's feeds came to. Tables are written only where something changed."""
    before = {row["feed"]: row for row in _rows(hub, FEED_STATUS)}
    rows = [_status(hub, d, before.get(d.feed.id)) for d in deliveries]
    changed = [row for row in rows if row != before.get(row["feed"])]
    _merge(hub, FEED_STATUS, changed)
    results = [result for d in deliveries if d.judged_rows for result in _results(hub, d)]
    known = {(row["feed"], row["rule_id"]): row for row in _rows(hub, RULE_RESULT)}
    _merge(hub, RULE_RESULT, [r for r in results if r != known.get((r["feed"], r["rule_id"]))])
    _remember(hub.home, run_id, [d.counts() for d in deliveries])


def _status(hub: Hub, delivery: Delivery, old: Mapping[str, Any] | None) -> dict[str, Any]:
    """The feed's row; on a night like the last it is that row again, so that nothing is written."""
    night, is_ok = hub.as_of, delivery.state == "ok"
    same_night = old is not None and old["night"] == night and old["state"] == "ok"
    brought = delivery.appended > 0 or old is None
    return {
        "feed": delivery.feed.id,
        "night": night,
        "state": delivery.state,
        "message": delivery.message,
        "last_success_at": _last_success(old, is_ok, same_night),
        "stale_since": None if is_ok else (old and old["stale_since"]) or night,
        "delivered": delivery.delivered if brought or old is None else old["delivered"],
        "conformed": hub.lake.table("conformed", delivery.feed.table).num_rows,
        "quarantined": hub.lake.table("quarantine", delivery.feed.table).num_rows,
    }


def _last_success(old: Mapping[str, Any] | None, is_ok: bool, same_night: bool) -> Any:
    if is_ok and not same_night:
        return utc_now()
    return old["last_success_at"] if old else None


def _results(hub: Hub, delivery: Delivery) -> Iterable[dict[str, Any]]:
    for judged in delivery.judgements():
        yield {
            "feed": delivery.feed.id,
            "rule_id": judged.rule,
            "night": hub.as_of,
            "broken": judged.broken,
            "total": judged.total,
            "outcome": judged.outcome.value,
        }


def _rows(hub: Hub, table: Table) -> list[dict[str, Any]]:
    schema = table_schema(table)
    with hub.connect() as con:
        attach(con, hub.lake, [table.id], {table.id: schema})
        found: pa.Table = stream(con, f"select * from {table.id}").read_all()
    rows: list[dict[str, Any]] = found.select(schema.names).to_pylist()
    return rows


def _merge(hub: Hub, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        data = pa.Table.from_pylist(rows, schema=table_schema(table))
        hub.lake.table("hub", table.name).merge(data, key=table.key)


def rule_results(hub: Hub) -> dict[str, list[RuleResult]]:
    """What every rule last said, by feed."""
    found: dict[str, list[RuleResult]] = {}
    for row in _rows(hub, RULE_RESULT):
        result = RuleResult(
            row["rule_id"], Outcome(row["outcome"]), row["broken"], row["total"], 0.0
        )
        found.setdefault(row["feed"], []).append(result)
    return found


def feed_status(hub: Hub) -> list[dict[str, Any]]:
    """Every feed that has run, as `hub status` shows it."""
    return sorted(_rows(hub, FEED_STATUS), key=lambda row: str(row["feed"]))


def unhealthy_feeds(hub: Hub) -> list[Unhealthy]:
    """The feeds that failed or were held on their last night."""
    return [
        Unhealthy(row["feed"], row["state"], row["message"] or row["state"])
        for row in feed_status(hub)
        if row["state"] != "ok"
    ]


def _remember(home: Home, run_id: str, rows: list[dict[str, Any]]) -> None:
    folder = home.runs
    target = folder / f"{run_id}.json"
    kept = json.loads(target.read_text()) if target.exists() else []
    names = {row["feed"] for row in rows}
    kept = [row for row in kept if row["feed"] not in names] + rows
    target.write_text(json.dumps(kept, default=str))
    for old in sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)[:-_KEPT_RUNS]:
        old.unlink()


def last_deliveries(home: Home, run_id: str) -> list[dict[str, Any]]:
    """What each feed brought in one run; empty if the run pulled nothing."""
    target = home.runs / f"{run_id}.json"
    return json.loads(target.read_text()) if target.exists() else []
