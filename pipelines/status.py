"""How each feed stands: what the verdict, freshness and `hub status` read.

    deliveries of a step -> hub.feed_status (written only where it changed)
                         -> home/runs/<job run>.json, what this run brought, for the command line

Counts and messages without values of rows. Needs no secrets.
"""

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from foundation.clock import utc_now
from foundation.home import Home
from pipelines.brought import collect
from pipelines.deliver import Delivery
from pipelines.hub import Hub
from pipelines.records import merge, stored
from schemas.columns import INTERNAL, PUBLIC, date, integer, text, timestamp
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
_KEPT_RUNS = 30


@dataclass(frozen=True)
class Unhealthy:
    """A feed that kept its old state, why, and since which night."""

    feed: str
    state: str
    message: str
    since: datetime.date


def record_deliveries(hub: Hub, deliveries: Sequence[Delivery], run_id: str) -> None:
    """Keep what a step's feeds came to. Tables are written only where something changed."""
    before = {row["feed"]: row for row in stored(hub, FEED_STATUS)}
    # Also what a run that was killed had brought before it could say so.
    brought_last = {one.feed: one.delivered for one in collect(hub) if one.appended}
    rows = [_status(hub, d, before.get(d.feed.id), brought_last.get(d.feed.id)) for d in deliveries]
    changed = [row for row in rows if row != before.get(row["feed"])]
    merge(hub, FEED_STATUS, changed)
    _remember(hub.home, run_id, [d.counts() for d in deliveries])


def _status(
    hub: Hub, delivery: Delivery, old: Mapping[str, Any] | None, brought_last: int | None
) -> dict[str, Any]:
    """The feed's row; on a night like the last it is that row again, so that nothing is written."""
    night, is_ok = hub.as_of, delivery.state == "ok"
    same_night = old is not None and old["night"] == night and old["state"] == "ok"
    said = old["delivered"] if old else delivery.delivered
    return {
        "feed": delivery.feed.id,
        "night": night,
        "state": delivery.state,
        "message": delivery.message,
        "last_success_at": _last_success(old, is_ok, same_night),
        "stale_since": None if is_ok else (old and old["stale_since"]) or night,
        "delivered": said if brought_last is None else brought_last,
        "conformed": hub.lake.table("conformed", delivery.feed.table).num_rows,
        "quarantined": hub.lake.table("quarantine", delivery.feed.table).num_rows,
    }


def _last_success(old: Mapping[str, Any] | None, is_ok: bool, same_night: bool) -> Any:
    if is_ok and not same_night:
        return utc_now()
    return old["last_success_at"] if old else None


def feed_status(hub: Hub) -> list[dict[str, Any]]:
    """Every feed that has run, as `hub status` shows it."""
    return sorted(stored(hub, FEED_STATUS), key=lambda row: str(row["feed"]))


def unhealthy_feeds(hub: Hub) -> list[Unhealthy]:
    """The feeds that failed or were held on their last night; the message says since when."""
    return [
        Unhealthy(
            row["feed"],
            row["state"],
            f"stale since {row['stale_since']}; {row['message'] or row['state']}",
            row["stale_since"],
        )
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
