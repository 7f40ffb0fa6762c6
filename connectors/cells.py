"""Canonical text of a cell: one value, one spelling, whatever the source's types.

    Arrow column | Python values -> text column

    timestamp  YYYY-MM-DD HH:MM:SS, .ffffff only where not zero; zoned ones in Asia/Shanghai
    date       YYYY-MM-DD
    bool       1, 0
    float      the shortest text that reads back, without a trailing .0
    decimal    plain digits, scale kept
    list, map  compact JSON
    bytes      hexadecimal

No per-row Python unless a column mixes types. Needs no secrets.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.base import HOLDS_NUL, Unreadable
from connectors.slices import bytes_of

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Number(str):
    """A JSON number's own literal: exact, and told apart from a string inside lists."""

    __slots__ = ()


def json_cell(value: Any) -> str:
    """A list or object as compact JSON text; numbers keep their literal."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return (
            "{"
            + ",".join(
                f"{json.dumps(k, ensure_ascii=False)}:{json_cell(v)}" for k, v in value.items()
            )
            + "}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(json_cell, value)) + "]"
    if isinstance(value, (str, bool, int, float)) or value is None:
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(cell(value), ensure_ascii=False)


def cell(value: Any) -> str | None:
    """The canonical text of one Python value."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode(
            "utf-8"
        )  # half a surrogate pair stays visible
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return text_column(pa.array([value], pa.float64()))[0].as_py()  # type: ignore[no-any-return]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        return _naive(value).isoformat(" ")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, (list, tuple, dict)):
        return json_cell(value)
    return str(value)


def _naive(value: dt.datetime) -> dt.datetime:
    return value.astimezone(SHANGHAI).replace(tzinfo=None) if value.tzinfo else value


def text_of_values(values: Sequence[Any]) -> pa.Array:
    """A text column of Python values; fast when they are all text or all of one plain type."""
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowException, UnicodeError, TypeError):
        pass
    kinds = set(map(type, values)) - {type(None)}
    if len(kinds) == 1 and kinds <= {int, float, dt.datetime, dt.date}:
        try:
            return text_column(pa.array(values))
        except (pa.ArrowException, OverflowError):
            pass
    return pa.array([cell(value) for value in values], pa.string())


def text_column(column: pa.Array) -> pa.Array:
    """A text column of any Arrow column."""
    kind = column.type
    if pa.types.is_string(kind):
        return column
    if pa.types.is_dictionary(kind):
        return text_column(column.dictionary_decode())
    if pa.types.is_boolean(kind):
        return column.cast(pa.int8()).cast(pa.string())
    if pa.types.is_timestamp(kind):
        return _timestamps(column)
    if pa.types.is_large_string(kind) or pa.types.is_integer(kind) or pa.types.is_date(kind):
        return column.cast(pa.string())
    if pa.types.is_floating(kind):
        return _floats(column)
    return pa.array([cell(value) for value in column.to_pylist()], pa.string())


def _floats(column: pa.Array) -> pa.Array:
    if column.type != pa.float64():  # a float32's own shortest text, not that of its widening
        return column.cast(pa.string())
    texts, is_zero = column.cast(pa.string()), pc.equal(column, 0.0)
    some = pc.any(is_zero).as_py()  # a zero may be -0
    return pc.if_else(is_zero, pa.scalar("0"), texts) if some else texts


def _timestamps(column: pa.Array) -> pa.Array:
    if column.type.tz is not None:
        column = pc.local_timestamp(column.cast(pa.timestamp("us", "Asia/Shanghai")))
    column = column.cast(pa.timestamp("us"), safe=False)
    seconds = column.cast(pa.timestamp("s"), safe=False)
    if pc.all(pc.equal(seconds.cast(pa.timestamp("us")), column)).as_py() in (True, None):
        return seconds.cast(pa.string())
    return pc.replace_substring_regex(column.cast(pa.string()), r"\.000000$", "")


def text_batch(rows: pa.RecordBatch, names: Sequence[str] | None = None) -> pa.RecordBatch:
    """All columns as text, under `names` if given."""
    columns = [text_column(column) for column in rows.columns]
    return pa.RecordBatch.from_arrays(columns, names=list(names or rows.schema.names))


def without_nul(
    rows: pa.RecordBatch, place: str, before: int = 0
) -> tuple[pa.RecordBatch, tuple[Unreadable, ...]]:
    """The rows without those that hold a NUL character, and those apart: no text of PostgreSQL can
    store one.

    place and before: how to name a row, and how many came before. Looks at whole columns' bytes
    first.
    """
    found: set[int] = set()
    for column in rows.columns:
        if _has_nul(column):
            found.update(np.flatnonzero(pc.match_substring(column, "\0").fill_null(False)).tolist())
    if not found:
        return rows, ()
    bad = sorted(found)
    aside = [json_cell(row) for row in rows.take(pa.array(bad)).to_pylist()]
    reason = "the row holds a NUL character"
    unreadable = [
        Unreadable(f"{place} {before + i + 1}", reason, raw, HOLDS_NUL)
        for i, raw in zip(bad, aside, strict=True)
    ]
    return rows.filter(pa.array([i not in found for i in range(rows.num_rows)])), tuple(unreadable)


def _has_nul(column: pa.Array) -> bool:
    return not bytes_of(column).min(initial=1)
