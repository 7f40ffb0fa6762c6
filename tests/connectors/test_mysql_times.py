"""Dates and times of MySQL's binary protocol are spelled as its server spells them."""

from __future__ import annotations

import struct

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.mysql_packets import SPARE
from connectors.mysql_times import spelled

DATES = st.tuples(st.integers(0, 9999), st.integers(0, 12), st.integers(0, 31))
CLOCKS = st.tuples(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
MICROS = st.just(0) | st.integers(0, 999_999)
NOTHING = ((0, 0, 0), (0, 0, 0), 0)
MOMENTS = st.tuples(DATES, CLOCKS, MICROS) | st.tuples(DATES, st.just((0, 0, 0)), st.just(0))
Moment = tuple[tuple[int, int, int], tuple[int, int, int], int]


def sent(moment: Moment | None) -> bytes:
    """What a server sends: nothing for null, and no zeros at the end."""
    if moment is None:
        return b""
    date, clock, micro = moment
    if micro:
        return struct.pack("<BHBBBBBI", 11, *date, *clock, micro)
    if any(clock):
        return struct.pack("<BHBBBBB", 7, *date, *clock)
    return struct.pack("<BHBB", 4, *date) if any(date) else b"\0"


def written(moment: Moment | None) -> str | None:
    if moment is None:
        return None
    (year, month, day), (hour, minute, second), micro = moment
    fraction = f".{micro:06}" if micro else ""
    return f"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{fraction}"


def read(moments: list[Moment | None], is_day: bool) -> list[str | None]:
    values = [sent(moment) for moment in moments]
    sizes = np.array([len(value) for value in values], np.int64)
    ends, absent = sizes.cumsum(), np.array([moment is None for moment in moments], np.bool_)
    data = np.frombuffer(b"".join(values) + b"\xff" * SPARE, np.uint8)
    texts, found = spelled(data, ends - sizes, absent if absent.any() else None, is_day)
    texts.validate(full=True)
    assert found.tolist() == ends.tolist()
    told: list[str | None] = texts.to_pylist()
    return told


@settings(deadline=None)
@given(st.lists(st.none() | st.just(NOTHING) | MOMENTS, max_size=30))
def test_moments_come_with_six_digits_of_a_fraction_or_none(moments: list[Moment | None]) -> None:
    assert read(moments, is_day=False) == [written(moment) for moment in moments]


@settings(deadline=None)
@given(st.lists(st.none() | DATES, max_size=30))
def test_days_come_as_they_are_though_no_calendar_has_them(
    dates: list[tuple[int, int, int] | None],
) -> None:
    moments = [None if date is None else (date, (0, 0, 0), 0) for date in dates]
    days = [text and text[:10] for text in map(written, moments)]
    assert read(moments, is_day=True) == days
