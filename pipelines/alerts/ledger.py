"""The alerts that were ever opened, and those that could not be told: two tables of zone `hub`.

    urgent answers of a night + hub.alert -> opened, closed -> hub.alert, hub.alert_dead_letter

Subjects are surrogates; a reason names no one. Needs no secrets.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from pipelines.hub import Hub
from pipelines.records import Row, merge, selected
from pipelines.warehouse.reading import reading
from schemas.columns import INTERNAL, PUBLIC, integer, text
from schemas.columns import date as date_column
from schemas.model import Table

WAITING, DELIVERED, DEAD, LAPSED = "waiting", "delivered", "dead", "lapsed"
ALERT = Table(
    "hub",
    "alert",
    "one row an alert: what is urgent, from the night it began to the night it ended",
    "预警提醒",
    (
        text("", "alert_id", "hash of question, subject and opening night", "提醒标识", PUBLIC),
        text("", "question", "the file in pipelines/alerts/urgent", "问题", PUBLIC),
        text("", "subject", "what it is about: surrogates, as JSON", "对象", INTERNAL),
        date_column("", "opened_on", "business date on which it began", "开始日期", PUBLIC),
        date_column("", "closed_on", "business date on which it was over", "结束日期", PUBLIC),
        text("", "delivery", "waiting, delivered, dead or lapsed", "送达状态", PUBLIC),
        integer("", "failed_nights", "nights on which telling it failed", "失败夜数", PUBLIC),
        date_column("", "failed_on", "the last of them", "最近失败日期", PUBLIC),
    ),
    ("alert_id",),
)
DEAD_LETTER = Table(
    "hub",
    "alert_dead_letter",
    "one row an alert that was given up, and why",
    "无法送达的提醒",
    (
        text("", "alert_id", "the alert", "提醒标识", PUBLIC),
        date_column("", "given_up_on", "business date", "放弃日期", PUBLIC),
        text("", "reason", "HTTP status or kind of error", "原因", PUBLIC),
    ),
    ("alert_id",),
)
_HEADER = re.compile(r"^-- (title|title_zh): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Urgent:
    """A kind of alert: its titles and the SELECT of its subjects."""

    title: str
    title_zh: str
    sql: str


@cache
def urgent() -> dict[str, Urgent]:
    """Every kind of alert, by name."""
    found = [
        path for path in files("pipelines.alerts.urgent").iterdir() if path.name.endswith(".sql")
    ]
    texts = {path.name.removesuffix(".sql"): path.read_text(encoding="utf-8") for path in found}
    return {name: Urgent(sql=texts[name], **dict(_HEADER.findall(texts[name]))) for name in texts}


def settle(hub: Hub, url: str) -> tuple[int, int]:
    """Open what is urgent tonight, close what is no more; returns how many of each.

    Repeating a night changes nothing. Raises WarehouseError when the warehouse cannot be read.
    """
    now = _subjects(url)
    known = {(row["question"], row["subject"]): row for row in stored_open(hub)}
    opened = [_opened(hub.as_of, *key) for key in sorted(now - known.keys())]
    closed = [_closed(hub.as_of, known[key]) for key in sorted(known.keys() - now)]
    before = {row["alert_id"]: row for row in _same_night(hub)}
    merge(hub, ALERT, [*(_resumed(row, before.get(row["alert_id"])) for row in opened), *closed])
    return len(opened), len(closed)


def stored_open(hub: Hub) -> list[Row]:
    """Alerts that last."""
    return selected(hub, ALERT, "closed_on is null")


def waiting(hub: Hub) -> list[Row]:
    """Alerts that nobody was told of yet, the oldest first."""
    return selected(hub, ALERT, "delivery = 'waiting' order by opened_on, alert_id")


def note(hub: Hub, rows: Sequence[Row]) -> None:
    """Keep what became of alerts."""
    merge(hub, ALERT, rows)


def give_up(hub: Hub, reasons: Mapping[str, str]) -> None:
    """Keep why alerts, by id, were given up."""
    rows = [
        {"alert_id": alert, "given_up_on": hub.as_of, "reason": reason}
        for alert, reason in reasons.items()
    ]
    merge(hub, DEAD_LETTER, rows)


def _same_night(hub: Hub) -> list[Row]:
    return selected(hub, ALERT, "opened_on = $night", {"night": hub.as_of})


def _subjects(url: str) -> set[tuple[str, str]]:
    with reading(url) as connection:
        return {
            (name, json.dumps(row["subject"], sort_keys=True, ensure_ascii=False))
            for name, one in urgent().items()
            for row in connection.execute(one.sql).fetchall()
        }


def _opened(night: date, question: str, subject: str) -> Row:
    text_id = f"{question}\n{subject}\n{night.isoformat()}"
    return {
        "alert_id": hashlib.sha256(text_id.encode()).hexdigest()[:32],
        "question": question,
        "subject": subject,
        "opened_on": night,
        "closed_on": None,
        "delivery": WAITING,
        "failed_nights": 0,
        "failed_on": None,
    }


def _resumed(row: Row, before: Row | None) -> Row:
    """One that was closed and opened again on one night goes on, and is not told twice."""
    if before is None:
        return row
    delivery = WAITING if before["delivery"] == LAPSED else before["delivery"]
    return {**before, "closed_on": None, "delivery": delivery}


def _closed(night: date, row: Mapping[str, Any]) -> Row:
    """Over; one that nobody was told of yet need not be told."""
    delivery = LAPSED if row["delivery"] == WAITING else row["delivery"]
    return {**row, "closed_on": night, "delivery": delivery}
