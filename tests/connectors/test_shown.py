"""Columns of a spreadsheet read as its cells are, one by one."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.shown import shown, shown_column

NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-1e6, 1e6),
    st.integers(-(10**17), 10**17).map(float),
    st.decimals(-(10**9), 10**9, places=6).map(float),
)
TIMES = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(9999, 12, 31))
MIDNIGHTS = st.dates(dt.date(1900, 1, 1)).map(lambda day: dt.datetime.combine(day, dt.time()))
CELLS = st.one_of(
    NUMBERS, TIMES, MIDNIGHTS, st.dates(dt.date(1900, 1, 1)), st.times(), st.booleans(), st.text()
)


@settings(deadline=None)
@given(st.one_of(st.lists(CELLS), st.lists(NUMBERS), st.lists(TIMES | MIDNIGHTS)))
def test_a_column_reads_as_its_cells_do_one_by_one(values: list[Any]) -> None:
    values = [value for value in values if not isinstance(value, str) or _is_text(value)]
    assert shown_column(values).to_pylist() == [shown(value) for value in values]


def _is_text(value: str) -> bool:
    return value.isprintable()


def test_numbers_are_shown_as_a_spreadsheet_does() -> None:
    column = [3.0, 0.1 + 0.2, 362132199001011234.0, -0.0, 115.40017, 0.00001, "", None, True]
    told = ["3", "0.3", "362132199001011000", "0", "115.40017", "1e-05", None, None, "1"]
    assert shown_column(column).to_pylist() == told
