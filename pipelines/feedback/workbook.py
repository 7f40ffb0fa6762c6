"""XLSX that a spreadsheet cannot be led astray by: every text is a text cell, never a formula.

    title lines, Sheet(name, headers, rows) -> one workbook, written row by row

A value that could be taken for a formula when a cell is edited again is marked with the quote
prefix as well. XlsxWriter with constant memory is a fifth quicker than openpyxl.
Needs no secrets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import xlsxwriter

SHEET_ROWS = 1_048_576
CELL_CHARACTERS = 32_767
# What a spreadsheet reads as the start of a formula, in half and full width, and what hides one.
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠﹢﹣﹦﹫"
_WIDTHS = {
    "事项编号": 24,
    "问题": 30,
    "记录主键": 24,
    "本部门数据": 48,
    "对方数据": 36,
    "数据集": 18,
}


@dataclass(frozen=True)
class Sheet:
    """One sheet: headers, and an Arrow table whose columns are in their order."""

    name: str
    headers: Sequence[str]
    rows: pa.Table


def write_workbook(path: Path, lines: Sequence[str], sheets: Sequence[Sheet]) -> None:
    """Write the sheets; ``lines`` stand above the first. Rows beyond a sheet's size go to more."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        looks = _looks(book)
        for position, sheet in enumerate(sheets):
            _write_sheet(book, looks, sheet, lines if position == 0 else ())


def _looks(book: Any) -> dict[str, Any]:
    """Cell formats: text as text, headers, and text that looks like a formula."""
    text = {"num_format": "@"}
    return {
        "text": book.add_format(text),
        "head": book.add_format({**text, "bold": True, "bg_color": "#DDE6F0"}),
        "quoted": book.add_format({**text, "quote_prefix": True}),
    }


def _write_sheet(book: Any, looks: dict[str, Any], sheet: Sheet, lines: Sequence[str]) -> None:
    room = SHEET_ROWS - len(lines) - 2
    for part in range(max(1, -(-len(sheet.rows) // room))):
        page = book.add_worksheet(sheet.name if not part else f"{sheet.name}{part + 1}")
        for number, line in enumerate(lines):
            page.write_string(number, 0, line, looks["text"])
        first = len(lines) + bool(lines)
        for column, header in enumerate(sheet.headers):
            page.set_column(column, column, _WIDTHS.get(header, 12))
            page.write_string(first, column, header, looks["head"])
        page.freeze_panes(first + 1, 0)
        _write_rows(page, looks, sheet.rows.slice(part * room, room), first + 1)


def _write_rows(page: Any, looks: dict[str, Any], rows: pa.Table, first: int) -> None:
    batches = (
        zip(*(c.to_pylist() for c in b.columns), strict=True) for b in rows.to_batches(5_000)
    )
    for number, row in enumerate(chain.from_iterable(batches), first):
        for column, value in enumerate(row):
            if isinstance(value, str):
                look = looks["quoted" if looks_like_formula(value) else "text"]
                page.write_string(number, column, value[:CELL_CHARACTERS], look)
            elif value is not None:
                page.write_number(number, column, value)


def looks_like_formula(value: str) -> bool:
    """Whether a spreadsheet could take the text for a formula once somebody edits the cell."""
    return value.lstrip(" \u3000\u00a0\ufeff").startswith(tuple(FORMULA_STARTS))
