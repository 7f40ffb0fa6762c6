"""A county folder made by hand: every feed, a few invented rows, three days."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas import FEEDS, Feed

AS_OF = "2026-01-01"
DAYS = ["2026-01-02", "2026-01-03", "2026-01-04"]
STAMPS = {"GXSJ", "updated_at", "used_at", "visited_at", "created_at", "reported_at"}
INTEGERS = {"LC", "ZLC", "DJRS", "is_deleted", "seq", "capacity", "meetings", "photos"}
LISTS = {"parties", "geocodes"}


def kind_of(feed: Feed, column: str) -> pa.DataType:
    if column in LISTS:
        return pa.list_(pa.string())
    if column in STAMPS and feed.transport == "sql":
        return pa.timestamp("us")
    if column in INTEGERS and feed.transport != "files":
        return pa.int32()
    if column in ("lon", "lat", "JD", "WD", "confidence") and feed.name != "hazard_site":
        return pa.float64()
    return pa.string()


def row(feed: Feed, number: int, minute: int = 0, **values: Any) -> dict[str, Any]:
    """A row whose every cell tells its column and number; ``minute`` moves its time."""
    at = datetime(2025, 12, 31, 8, minute % 60, number % 60)
    cells: dict[str, Any] = {}
    for column in feed.sources:
        kind = kind_of(feed, column)
        if pa.types.is_timestamp(kind):
            cells[column] = at
        elif column == feed.cursor:
            cells[column] = at.isoformat()
        elif pa.types.is_list(kind):
            cells[column] = ["甲", f"乙{number}"]
        elif pa.types.is_integer(kind):
            cells[column] = number
        elif pa.types.is_floating(kind):
            cells[column] = 115.25 + number
        else:
            cells[column] = f"{column}{number:03d}"
    return cells | values


def table(feed: Feed, rows: list[dict[str, Any]], operations: bool = False) -> pa.Table:
    extra = {name for cells in rows for name in cells} - set(feed.sources) - {"__op"}
    fields = [pa.field(column, kind_of(feed, column)) for column in feed.sources]
    fields += [pa.field(name, pa.string()) for name in sorted(extra)]
    fields += [pa.field("__op", pa.string())] if operations else []
    return pa.Table.from_pylist(rows, pa.schema(fields))


def write(folder: Path, feed_key: str, rows: list[dict[str, Any]], day: str | None = None) -> None:
    feed = FEEDS[feed_key]
    place = folder / "days" / day if day else folder
    path = place / feed.department / f"{feed.name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table(feed, rows, operations=day is not None), path)


def make_county(folder: Path, rows: int = 7, only: str | tuple[str, ...] = "") -> Path:
    """All feeds, or those whose name begins with ``only``, with ``rows`` rows each.

    Day 1 changes, adds and removes one row of every feed; day 2 touches wishes only, with a
    column that nobody declared; day 3 nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    about = {"division_code": "360731", "name": "于都县", "as_of": AS_OF, "days": DAYS}
    (folder / "county.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")
    for key, feed in FEEDS.items():
        if not key.startswith(only):
            continue
        base = [row(feed, number) for number in range(1, rows + 1)]
        write(folder, key, base)
        write(
            folder,
            key,
            [
                row(feed, 2, minute=30, __op="U", **changed(feed)),
                row(feed, rows + 1, minute=40, __op="I"),
                row(feed, 3, __op="D"),
            ],
            DAYS[0],
        )
    wish = FEEDS["community.wish"]
    if wish.id.startswith(only):
        write(folder, wish.id, [row(wish, 2, minute=50, __op="U", remark="新列")], DAYS[1])
    return folder


def changed(feed: Feed) -> dict[str, str]:
    return {plain_column(feed): "变了"}


def plain_column(feed: Feed) -> str:
    """The first text column that is neither key nor cursor."""
    return next(
        column
        for column in feed.sources
        if column not in (*feed.key, feed.cursor) and kind_of(feed, column) == pa.string()
    )
