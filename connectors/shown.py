"""A spreadsheet's cells as their reader sees them: 3, 0.3, 3.62132E+17, 2026-01-31.

    values of one column -> split by kind -> Arrow, a kind at a time -> one text column

Needs no secrets. Alone: ``shown_column([3.0, "", "三"])``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors import cells

LONG_NUMBER = 10**15  # a spreadsheet holds 15 digits, and shows what is beyond as zeros
LEAST = 1e-4  # what is smaller is written with an exponent
SHORT = 16  # characters that 15 digits and their point need


def shown_column(values: Sequence[Any]) -> pa.Array:
    """A text column of the values of one spreadsheet column; an empty cell is null."""
    kinds = set(map(type, values))
    if len(kinds) == 1:
        return _of_kind(kinds.pop(), values)
    parts = [
        _of_kind(kind, [value if type(value) is kind else None for value in values])
        for kind in kinds
    ]
    return pc.coalesce(*parts) if parts else pa.array([], pa.string())


def shown(value: Any) -> str | None:
    """The text of one cell."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (int, float)):
        return _shown_number(float(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return cells.cell(value)


def _of_kind(kind: type, values: Sequence[Any]) -> pa.Array:
    """Text of values that are all of one kind, or None."""
    convert = COLUMNS.get(kind)
    return convert(values) if convert else pa.array(map(shown, values), pa.string())


def texts_shown(column: pa.StringArray) -> pa.Array:
    """Texts as they are; an empty one is null."""
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)


def numbers_shown(column: pa.DoubleArray) -> pa.Array:
    """Whole numbers as integers, those of 15 digits and fewer as Arrow spells them; the few others
    one by one.
    """
    size = pc.abs(column)
    whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(size, LONG_NUMBER))
    integers = pc.if_else(whole, column, 0.0).cast(pa.int64()).cast(pa.string())
    spelled = column.cast(pa.string())
    in_range = pc.and_(pc.greater_equal(size, LEAST), pc.less(size, LONG_NUMBER))
    short = pc.and_(in_range, pc.less_equal(pc.binary_length(spelled), SHORT))
    text = pc.if_else(whole, integers, spelled)
    odd = pc.invert(pc.or_(whole, short))
    if not pc.any(odd).as_py():
        return text
    one_by_one = [shown(value) for value in column.filter(odd).to_pylist()]
    return pc.replace_with_mask(text, odd.fill_null(False), pa.array(one_by_one, pa.string()))


def _shown_number(value: float) -> str:
    """Whole numbers without a fraction. One of 16 digits and more is shown with an exponent where
    nothing is lost.
    """
    if abs(value) >= LONG_NUMBER:
        mantissa, exponent = f"{value:.5E}".split("E")
        short = f"{mantissa.rstrip('0').rstrip('.')}E{exponent}"
        return short if float(short) == value else format(Decimal(f"{value:.15g}"), "f")
    return str(int(value)) if value == int(value) else f"{value:.15g}"


def times_shown(column: pa.TimestampArray) -> pa.Array:
    """Times without a zone; midnight is left out."""
    text = cells.text_column(column)
    return pc.if_else(pc.ends_with(text, " 00:00:00"), pc.utf8_slice_codeunits(text, 0, 10), text)


def _texts(values: Sequence[Any]) -> pa.Array:
    return texts_shown(pa.array(values, pa.string()))


def _numbers(values: Sequence[Any]) -> pa.Array:
    return numbers_shown(pa.array(values, pa.float64()))


def _times(values: Sequence[Any]) -> pa.Array:
    return times_shown(pa.array(values, pa.timestamp("us")))


def _days(values: Sequence[Any]) -> pa.Array:
    return cells.text_column(pa.array(values, pa.date32()))


COLUMNS: dict[type, Callable[[Sequence[Any]], pa.Array]] = {
    str: _texts,
    float: _numbers,
    dt.datetime: _times,
    dt.date: _days,
}
