"""Following a cursor column: where an incremental pull starts, and the cursor that it leaves.

    Pull.since - lookback -> start | rows -> greatest value, at most the source's now -> cursor

Used by `sql` and by the paged styles of `rest`. Needs no secrets.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.base import Pull, cursor_text, since_of

COMPACT = "%Y%m%d%H%M%S"


@dataclass
class Follower:
    """The cursor column of one pull. column: the source's own name, None when read in full each
    time.

    start: the inclusive lower bound as the source writes it, None for everything.
    """

    column: str | None
    start: Any
    fixed: str | None = None
    title: str = ""
    kind: str = "sql"
    number: bool = False
    greatest: Any = None
    now: str | None = None

    def distrust_the_future(self) -> bool:
        """Start from nothing if the cursor lies beyond the source's clock; returns whether it does.

        A cursor is never later than the clock was when it was made. So that clock was ahead, or a
        database was brought back from a copy, and rows may have come before the cursor since.
        """
        if self.number or self.greatest is None or self.now is None:
            return False
        if self.greatest <= spelled_like(self.now, self.greatest):
            return False
        self.start = self.greatest = None
        return True

    def seen(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """Note the greatest value of these rows, and hand them on."""
        if self.column is not None:
            values = rows.column(self.title)
            top = pc.max(values.cast(pa.decimal128(38, 10)) if self.number else values).as_py()
            self.note(top)
        return rows

    def note(self, value: Any) -> None:
        """Raise the greatest value to this one."""
        if value is not None and (self.greatest is None or value > self.greatest):
            self.greatest = value

    def cursor(self) -> str | None:
        """The cursor that follows: the greatest value seen, at most the source's clock."""
        if self.column is None:
            return self.fixed
        top = self.greatest
        if top is None:
            return None
        if self.now is not None and not self.number:
            top = min(top, spelled_like(self.now, top))
        return cursor_text(self.kind, format(top.normalize(), "f") if self.number else top)


def follower(pull: Pull, kind: str, column: str, of: str, now: str | None) -> Follower:
    """A follower of `pull.cursor_column`. of: `number` or `text` (timestamps and dates are text
    that sorts).

    A number has no look-back: nothing says how many of them pass in a day. A time beyond the
    source's clock, where that is known, is not followed.
    """
    since = since_of(pull, kind)
    assert pull.cursor_column is not None
    follow = Follower(column, None, None, pull.cursor_column, kind, of == "number", None, now)
    if not isinstance(since, str):
        return follow
    if follow.number:
        with suppress(InvalidOperation):
            follow.greatest = follow.start = Decimal(since)
        return follow
    follow.greatest, follow.start = since, earlier(since, pull.lookback)
    follow.distrust_the_future()
    return follow


def earlier(text: str, by: timedelta) -> str:
    """A time in text moved back, in the same spelling; text that is no time is left alone."""
    moment = parsed(text)
    return text if moment is None or not by else _spell(moment - by, text)


def parsed(text: str) -> datetime | None:
    """The time that a text spells: ISO with blank or T, a date, or YYYYMMDDhhmmss."""
    try:
        return (
            datetime.strptime(text, COMPACT)
            if re.fullmatch(r"\d{14}", text)
            else datetime.fromisoformat(text)
        )
    except ValueError:
        return None


def spelled_like(now: str, example: str) -> str:
    """`now` (YYYY-MM-DD HH:MM:SS[.ffffff]) in the spelling of another time, so that the two compare
    as text.
    """
    moment = parsed(now)
    comparable = moment is not None and (parsed(example) is not None or _far(example))
    return _spell(moment, example) if moment is not None and comparable else example


def _far(text: str) -> bool:
    return text == "infinity" or re.match(r"\d{5,}-\d\d-\d\d", text) is not None


def _spell(moment: datetime, example: str) -> str:
    if re.fullmatch(r"\d{14}", example):
        return moment.strftime(COMPACT)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", example):
        return moment.date().isoformat()
    if re.fullmatch(r"\d{8}", example):
        return moment.strftime("%Y%m%d")
    text = moment.isoformat("T" if "T" in example else " ")
    return text if "." in example else text.partition(".")[0]
