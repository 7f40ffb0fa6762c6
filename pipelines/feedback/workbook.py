"""XLSX that a spreadsheet cannot be led astray by: every text is a text cell, never a formula.

    title lines, Sheet(name, headers, rows) -> one workbook, written row by row

A value that could be taken for a formula when a cell is edited again is marked with the quote
prefix as well. XlsxWriter makes the book; what the rows say is made by columns, ten times quicker.
Needs no secrets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

SHEET_ROWS = 1_048_576
CELL_CHARACTERS = 32_767
# What a spreadsheet reads as the start of a formula, in half and full width, and what hides one.
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠﹢﹣﹦﹫"
_FORMULA = f"^[ \u3000\u00a0\ufeff]*[{FORMULA_STARTS.replace('-', chr(92) + '-')}]"
_CONTROLS = [chr(n) for n in (*range(9), *range(11, 32), 0xFFFE, 0xFFFF)]  # but tab and newline
_BATCH = 10_000
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
    """Rows go to the sheet's own file as XML made by columns: through the package's methods a cell
    costs 12 µs, and a county's departments have a million."""
    page._write_single_row(first)  # the header, which waits for a next row
    styles = {name: str(look._get_xf_index()) for name, look in looks.items()}
    place = first
    for batch in rows.to_batches(_BATCH):
        page.fh.write(_rows_xml(batch, place, styles))
        place += batch.num_rows
    page.dim_rowmax = max(page.dim_rowmax or 0, place - 1)


def _rows_xml(batch: pa.RecordBatch, first: int, styles: dict[str, str]) -> str:
    numbers = pa.array(np.arange(first + 1, first + 1 + batch.num_rows)).cast(pa.string())
    cells = [
        _cells(column, xl_col_to_name(place), numbers, styles)
        for place, column in enumerate(batch.columns)
    ]
    found = pc.binary_join_element_wise('<row r="', numbers, '">', *cells, "</row>", "")
    return "".join(found.to_pylist())


def _cells(column: pa.Array, letter: str, numbers: pa.Array, styles: dict[str, str]) -> pa.Array:
    """One cell a row, as XML; nothing where the value is null."""
    text = column.cast(pa.string())
    if not pa.types.is_string(column.type):
        made = pc.binary_join_element_wise(
            f'<c r="{letter}', numbers, '"><v>', text, "</v></c>", ""
        )
        return pc.fill_null(made, "")
    text = pc.utf8_slice_codeunits(text, 0, CELL_CHARACTERS)
    is_quoted = pc.match_substring_regex(text, _FORMULA)
    style = pc.if_else(is_quoted, styles["quoted"], styles["text"])
    opening = '" t="inlineStr"><is><t xml:space="preserve">'
    made = pc.binary_join_element_wise(
        f'<c r="{letter}', numbers, '" s="', style, opening, _escaped(text), "</t></is></c>", ""
    )
    return pc.fill_null(made, "")


def _escaped(text: pa.Array) -> pa.Array:
    """As XML, and control characters as spreadsheets write them; which are rare."""
    text = pc.replace_substring_regex(text, "(_x[0-9a-fA-F]{4}_)", r"_x005F\1")
    for plain, escape in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = pc.replace_substring(text, plain, escape)
    if pc.any(pc.match_substring_regex(text, f"[{''.join(_CONTROLS)}]")).as_py():
        for one in _CONTROLS:
            text = pc.replace_substring(text, one, f"_x{ord(one):04X}_")
    return text


def looks_like_formula(value: str) -> bool:
    """Whether a spreadsheet could take the text for a formula once somebody edits the cell."""
    return re.match(_FORMULA, value) is not None
