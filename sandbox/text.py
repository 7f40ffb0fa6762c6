"""Text made by the column: digits, dates, moments, joins and replacements over Arrow arrays.

    numpy integers ──> pyarrow string arrays (null where an index is negative)

Days are days since 1970-01-01, moments are seconds since 1970-01-01T00:00 of local time. Needs no
secret.
Alone: python -c "from sandbox.text import day_text; print(day_text([0], '%Y%m%d'))"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.streams import Ints, Mask

NEVER: Final = -(10**9)
_FIRST_DAY: Final = -36525  # 1869-12-31
_LAST_DAY: Final = 36525  # 2070-01-01
DAY: Final = 86400

Text = Any  # a pyarrow string array; pyarrow has no types of its own


def fixed(letters: npt.NDArray[np.uint8]) -> Text:
    """Rows of ASCII bytes (n × width) as a string array, without copying row by row."""
    n, width = letters.shape
    offsets = (
        np.arange(0, (n + 1) * width, width, dtype=np.int32) if width else np.zeros(n + 1, np.int32)
    )
    data = np.ascontiguousarray(letters)
    return pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(data))


def digits(values: npt.ArrayLike, width: int) -> npt.NDArray[np.uint8]:
    """Numbers as ASCII digits, zero-filled to `width`."""
    number = np.asarray(values, dtype=np.int64)
    out = np.empty((len(number), width), dtype=np.uint8)
    for column in range(width - 1, -1, -1):
        out[:, column] = number % 10 + 48
        number = number // 10
    return out


def padded(values: npt.ArrayLike, width: int) -> Text:
    """Numbers as text, zero-filled to `width`."""
    return fixed(digits(values, width))


def number(values: npt.ArrayLike) -> Text:
    """Numbers as plain text."""
    return pc.cast(pa.array(np.asarray(values)), pa.string())


def take(words: Sequence[str | None] | Text, rows: npt.ArrayLike) -> Text:
    """The words at `rows`; null where the row is negative."""
    source = words if isinstance(words, pa.Array) else pa.array(list(words), pa.string())
    index = np.asarray(rows, dtype=np.int64)
    return source.take(pa.array(index, mask=index < 0))


def join(*parts: Text | str) -> Text:
    """Parts set end to end, a null part counting as nothing."""
    # null_handling="skip" would drop the rows in which every part is null
    return pc.binary_join_element_wise(
        *(pa.scalar(p) if isinstance(p, str) else p for p in parts), "", null_handling="replace"
    )


def choose(mask: Mask, yes: Text | str | None, no: Text | str | None) -> Text:
    """`yes` where the mask is set, else `no`."""
    return pc.if_else(pa.array(mask), _value(yes), _value(no))


def _value(part: Text | str | None) -> Text:
    return pa.scalar(part, pa.string()) if part is None or isinstance(part, str) else part


def constant(value: str | None, n: int) -> Text:
    """One value, n times."""
    return pa.repeat(pa.scalar(value, pa.string()), n)


def put(column: Text, rows: Ints, values: Text) -> Text:
    """The column with `values` at `rows` (each row once, in any order)."""
    if not len(rows):
        return column
    order = np.argsort(rows, kind="stable")
    mask = np.zeros(len(column), dtype=bool)
    mask[rows] = True
    chosen = values.take(pa.array(order)) if len(values) == len(rows) else values
    return pc.replace_with_mask(column, pa.array(mask), chosen)


def blank(column: Text, rows: Ints | Mask) -> Text:
    """The column with null at `rows` (indices or a mask)."""
    mask = np.zeros(len(column), dtype=bool)
    mask[rows] = True
    return pc.if_else(pa.array(mask), pa.scalar(None, column.type), column)


@cache
def _calendar(form: str) -> Text:
    """Every day's text in a form of %Y, %m and %d, from _FIRST_DAY on."""
    days = np.arange(_FIRST_DAY, _LAST_DAY + 1).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    year = months.astype("datetime64[Y]").astype(np.int64) + 1970
    month, day = months.astype(np.int64) % 12 + 1, (days - months).astype(np.int64) + 1
    pieces = {"%Y": padded(year, 4), "%m": padded(month, 2), "%d": padded(day, 2)}
    return join(*(pieces.get(token, token) for token in re.split("(%[Ymd])", form) if token))


def day_text(days: npt.ArrayLike, form: str) -> Text:
    """Days as text; null for NEVER."""
    return take(_calendar(form), np.maximum(np.asarray(days, dtype=np.int64) - _FIRST_DAY, -1))


@cache
def _clock(form: str) -> Text:
    second = np.arange(DAY)
    hh, mm, ss = (padded(part, 2) for part in (second // 3600, second // 60 % 60, second % 60))
    return join("T", hh, ":", mm, ":", ss) if form == "iso" else join(hh, mm, ss)


def moment_text(moments: npt.ArrayLike, form: str = "iso") -> Text:
    """Moments as YYYY-MM-DDThh:mm:ss (iso) or YYYYMMDDhhmmss (compact); null for NEVER."""
    seconds = np.asarray(moments, dtype=np.int64)
    known = seconds != NEVER
    days = np.where(known, seconds // DAY, NEVER)
    clock = take(_clock(form), np.where(known, seconds % DAY, -1))
    text = join(day_text(days, "%Y-%m-%d" if form == "iso" else "%Y%m%d"), clock)
    return choose(known, text, None)


def timestamps(moments: npt.ArrayLike) -> Text:
    """Moments as timestamps in microseconds without zone; null for NEVER."""
    seconds = np.asarray(moments, dtype=np.int64)
    return pa.array(seconds * 1_000_000, pa.timestamp("us"), mask=seconds == NEVER)


def counts(values: npt.ArrayLike) -> Text:
    """Counts as nullable int32; null for a negative number."""
    whole = np.asarray(values, dtype=np.int32)
    return pa.array(whole, pa.int32(), mask=whole < 0)


def lists(parts: Iterable[Sequence[str]]) -> Text:
    """Lists of strings."""
    return pa.array([list(p) for p in parts], pa.list_(pa.string()))


def words(text: str) -> tuple[str, ...]:
    """The words of a text, for tables that read better as one line than as a list."""
    return tuple(text.split())


def concat(parts: Sequence[Text]) -> Text:
    """Arrays end to end, as one array."""
    return pa.concat_arrays(
        [p.combine_chunks() if isinstance(p, pa.ChunkedArray) else p for p in parts]
    )
