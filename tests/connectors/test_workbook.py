"""Workbooks: the fast way and the careful one tell the same, and each keeps to its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import Pull, workbook
from connectors.base import Part
from foundation.errors import SourceChanged

NAMES = ("编号", "姓名", "金额", "日期", "时间")
PULL = Pull(NAMES, ("编号",), delivery="increment")
MOMENTS = st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(9999, 12, 30)).map(
    lambda moment: moment.replace(microsecond=0)
)
DAYS = st.dates(dt.date(1900, 3, 1), dt.date(9999, 12, 30))
TEXTS = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cn", "Cc")), max_size=8)
ROWS = st.lists(
    st.tuples(
        TEXTS,
        TEXTS | st.just(None),
        st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)
        | st.integers(0, 10**6)
        | st.none(),
        DAYS | st.none(),
        MOMENTS | DAYS | st.none(),
    ),
    max_size=8,
)


def written(path: Path, sheets: Sequence[Sequence[Sequence[Any]]]) -> Path:
    made = xlsxwriter.Workbook(
        str(path), {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": 0}
    )
    forms = {
        dt.date: made.add_format({"num_format": "yyyy-mm-dd"}),
        dt.datetime: made.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        dt.time: made.add_format({"num_format": "hh:mm:ss"}),
    }
    for rows in sheets:
        sheet = made.add_worksheet()
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if type(value) in forms:
                    sheet.write_datetime(at, column, value, forms[type(value)])
                elif isinstance(value, str):
                    sheet.write_string(at, column, value)
                elif value is not None:
                    sheet.write(at, column, value)
    made.close()
    return path


def told(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return pa.Table.from_batches([rows for rows, _ in parts]).to_pylist()


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ROWS)
def test_both_ways_tell_the_same(tmp_path: Path, rows: list[tuple[Any, ...]]) -> None:
    path = written(tmp_path / "book.xlsx", [[NAMES, *rows]])
    careful = told(list(workbook._with_care(path, PULL, "here")))
    assert told(list(workbook.read_xlsx(path, PULL, "here"))) == careful
    if rows and any(row[0] for row in rows):
        assert workbook._plain_sheet(path, PULL).to_pylist() == careful


GOOD = ("1", "张三", 1.5, dt.date(2026, 1, 31), dt.datetime(2026, 1, 31, 8, 30))


@pytest.mark.parametrize(
    ("sheets", "last"),
    [
        ([[("名单",), NAMES, GOOD]], "2026-01-31 08:30:00"),
        ([[("编号", "编号", *NAMES[1:]), ("1", *GOOD)]], None),
        ([[(*NAMES, "备注"), (*GOOD, "x")]], "2026-01-31 08:30:00"),
        ([[NAMES, GOOD], [("说明",)]], "2026-01-31 08:30:00"),
        ([[NAMES, (*GOOD[:4], dt.time(8, 30))]], "08:30:00"),
        ([[NAMES, (*GOOD[:4], True)]], "1"),
        ([[NAMES, GOOD, (*GOOD[:4], "昨天")]], "昨天"),
    ],
    ids=["title", "twice", "more columns", "two sheets", "time of day", "truth value", "mixed"],
)
def test_what_is_not_plain_is_read_with_care(
    tmp_path: Path, sheets: Sequence[Sequence[Sequence[Any]]], last: str | None
) -> None:
    path = written(tmp_path / "book.xlsx", sheets)
    with pytest.raises((workbook.NeedsCareError, workbook.fastexcel.FastExcelError)):
        workbook._plain_sheet(path, PULL)
    if last is None:
        with pytest.raises(SourceChanged):
            list(workbook.read_xlsx(path, PULL, "here"))
        return
    assert told(list(workbook.read_xlsx(path, PULL, "here")))[-1]["时间"] == last
