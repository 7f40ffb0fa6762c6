"""Times and dates of PostgreSQL as it writes them, from what its binary COPY becomes in Arrow.

    date32 | timestamp[us] -> within the years 1 to 9999: Arrow's text
                           └ infinity, -infinity, other years, BC -> one by one

A server takes as long to write a time as to read three columns from its table. The driver counts
from 1970 where PostgreSQL counts from 2000, and wraps around at 64 bits (dates: 32); so does this.
Needs no secrets.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.cells import text_column

DAYS = 10_957  # from 1970 to 2000
DAY_US = 86_400_000_000
FIRST, LAST = (
    day.toordinal() - dt.date(1970, 1, 1).toordinal() for day in (dt.date.min, dt.date.max)
)


def spelled(column: pa.Array) -> pa.Array:
    """A date or timestamp column as text; a fraction has six digits or is not there."""
    is_date = pa.types.is_date32(column.type)
    numbers = column.cast(pa.int32() if is_date else pa.int64())
    bounds = (FIRST, LAST) if is_date else (FIRST * DAY_US, (LAST + 1) * DAY_US - 1)
    found = pc.min_max(numbers)
    least, most = found["min"].as_py(), found["max"].as_py()
    if least is None or (bounds[0] <= least and most <= bounds[1]):
        return text_column(column)
    is_odd = pc.or_(pc.less(numbers, bounds[0]), pc.greater(numbers, bounds[1])).fill_null(False)
    texts = text_column(pc.if_else(is_odd, pa.scalar(None, column.type), column))
    odd = [_date(n) if is_date else _time(n) for n in numbers.filter(is_odd).to_pylist()]
    return pc.replace_with_mask(texts, is_odd, pa.array(odd, pa.string()))


def _date(number: int) -> str:
    days = _unwrapped(number, DAYS, 32)
    return days if isinstance(days, str) else "".join(_day(days))


def _time(number: int) -> str:
    micros = _unwrapped(number, DAYS * DAY_US, 64)
    if isinstance(micros, str):
        return micros
    days, rest = divmod(micros, DAY_US)
    clock = (dt.datetime.min + dt.timedelta(microseconds=rest)).time().isoformat()
    day, era = _day(days)
    return f"{day} {clock}{era}"


def _unwrapped(number: int, offset: int, bits: int) -> int | str:
    """The count from 1970 as it was before the driver's addition wrapped around, or infinity."""
    half = 1 << (bits - 1)
    counted = (number - offset + half) % (2 * half) - half  # from 2000, as PostgreSQL sent it
    if counted in (half - 1, -half):
        return "infinity" if counted > 0 else "-infinity"
    return counted + offset


def _day(days: int) -> tuple[str, str]:
    """A date, and its era where that is before Christ: numpy's year 0 is the year 1 BC."""
    told: Any = np.datetime64(days, "D")
    year, month, day = str(told).rsplit("-", 2)
    return (
        (f"{year}-{month}-{day}", "")
        if int(year) > 0
        else (f"{1 - int(year):04}-{month}-{day}", " BC")
    )
