"""Comparing a feed with the whole of its source: what increments missed, what vanished in silence.

    one full read -> `delivered` -> by key and hash against `present` -> Compared -> its report

The read is a pull like any other: what it finds goes to raw as one batch, unchanged rows do not.
Counts only, no value of a row. Needs no secrets. Used by pipelines.pull, pipelines.deliver.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from connectors.follow import earlier
from foundation.engine import read_sql, register, run
from pipelines.records import Row, merge, stored
from schemas.columns import PUBLIC, date, integer, text
from schemas.derive import quoted
from schemas.model import Delivery, Feed, Table

if TYPE_CHECKING:
    from pipelines.hub import Hub
    from pipelines.intake import Intake


@dataclass(frozen=True)
class Compared:
    """What a full read of the source found, in rows.

    compared: keys at the source. new: those that tonight's increment would have brought as well.
    missing, changed: those that the feed lacks or has otherwise, and that no increment would have
    read. deleted: keys that the source no longer has. unlisted: the same where absence is no
    removal (feeds that only ever add); they stay.
    """

    compared: int = 0
    new: int = 0
    missing: int = 0
    changed: int = 0
    deleted: int = 0
    unlisted: int = 0

    @property
    def missed(self) -> int:
        """Rows in which hub and source had come apart."""
        return self.missing + self.changed + self.deleted

    def said(self) -> str:
        """The finding in one line."""
        return (
            f"{self.compared} rows at the source: {self.missing} were missing, {self.changed} had "
            f"changed unseen, {self.deleted} were deleted"
        )


RECONCILIATION = Table(
    "hub",
    "reconciliation",
    "one row a feed and night on which it was compared with the whole of its source",
    "核对结果",
    (
        text("", "feed", "department.feed", "来源", PUBLIC),
        date("", "night", "business date", "业务日期", PUBLIC),
        text(
            "", "state", "ok, failed or held: only ok was compared and taken over", "状态", PUBLIC
        ),
        integer("", "compared", "keys at the source", "比对行数", PUBLIC),
        integer(
            "", "new", "rows that the increment would have brought as well", "新增行数", PUBLIC
        ),
        integer("", "missing", "rows that increments had missed", "遗漏行数", PUBLIC),
        integer("", "changed", "rows changed without their cursor", "暗改行数", PUBLIC),
        integer("", "deleted", "rows deleted at the source", "删除行数", PUBLIC),
        integer("", "unlisted", "rows no longer listed, which stay", "不再列出行数", PUBLIC),
    ),
    ("feed", "night"),
)


def is_reconciled(feed: Feed) -> bool:
    """Whether the feed is pulled by what is new; a snapshot is compared whole every time."""
    return feed.delivery is not Delivery.SNAPSHOT


def compare(
    con: duckdb.DuckDBPyConnection, feed: Feed, intake: Intake, cursor: str | None
) -> Compared:
    """Compare what was delivered whole and sifted with what the feed has; ``cursor``: the last."""
    taken = _files(cursor)
    by_file = taken is not None
    register(con, "new_file", _new_files(intake, taken or {}))
    at = quoted(feed.cursor) if feed.cursor else "null::text"
    run(con, f'create or replace temp view at_cursor as select _row, {at} as "at" from delivered')
    reached = None if by_file else _reached(con, feed, cursor)
    run(con, f"set variable by_file = {by_file}")
    con.execute("set variable reached = $1::text", [reached])
    run(con, read_sql("pipelines", "reconcile"))
    [row] = run(con, "select * from compared")
    return Compared(*(count or 0 for count in row))


def _files(cursor: str | None) -> dict[str, str] | None:
    """The files that a cursor names, with what tells their content; None if it names none."""
    taken = json.loads(cursor).get("files") if cursor else None
    return taken if isinstance(taken, dict) else None


def _new_files(intake: Intake, taken: dict[str, str]) -> pa.Table:
    """The rows of files that had not been taken, or that have another content now."""
    now = _files(intake.cursor) or {}
    starts = sorted((first, name) for name, first in intake.began.items())
    ends = [first - 1 for first, _ in starts[1:]] + [intake.rows]
    spans = [
        (first, last)
        for (first, name), last in zip(starts, ends, strict=True)
        if taken.get(name) != now.get(name)
    ]
    rows = {"first_row": [first for first, _ in spans], "last_row": [last for _, last in spans]}
    return pa.table(rows, schema=pa.schema([("first_row", pa.int64()), ("last_row", pa.int64())]))


def _reached(con: duckdb.DuckDBPyConnection, feed: Feed, cursor: str | None) -> str | None:
    """From where on the next increment would have read, as the source writes its cursor column.

    An opaque cursor tells nothing: there it is the greatest value known. None: from the beginning.
    """
    kept = next(iter(json.loads(cursor).values())) if cursor else None
    if isinstance(kept, dict) and feed.cursor:
        [(kept,)] = run(con, f"select max({quoted(feed.cursor)}) from raw_rows where _op = 'U'")
    return earlier(kept, feed.lookback) if isinstance(kept, str) else None


def record(hub: Hub, findings: Iterable[tuple[Feed, str, Compared | None]]) -> None:
    """Keep what each feed's comparison came to: feed, its state, and the counts if it was read.

    Of one night the comparison that found most stays: once it is mended, or the run was killed and
    came again, there is less to find.
    """
    tonight = {row["feed"]: row for row in stored(hub, RECONCILIATION) if row["night"] == hub.as_of}
    rows = [
        {"feed": feed.id, "night": hub.as_of, "state": state}
        | max(_counts(tonight.get(feed.id)), asdict(found or Compared()), key=_weight)
        for feed, state, found in findings
        if is_reconciled(feed)
    ]
    merge(hub, RECONCILIATION, [row for row in rows if row != tonight.get(row["feed"])])


def _counts(row: Row | None) -> dict[str, int]:
    return {name: row[name] for name in asdict(Compared())} if row else asdict(Compared())


def _weight(counts: dict[str, int]) -> tuple[int, int]:
    found = Compared(**counts)
    return found.missed, found.compared


def last_findings(hub: Hub) -> list[Row]:
    """Each feed's last comparison, by feed."""
    nights = sorted(stored(hub, RECONCILIATION), key=lambda row: row["night"])
    last = {row["feed"]: row for row in nights}
    return [last[feed] for feed in sorted(last)]
