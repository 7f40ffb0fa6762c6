"""XLSX workbooks, cell by cell as their reader sees them.

    one sheet under the declared header, a kind a column -> fastexcel: Arrow
    any other workbook -> python-calamine: values -> connectors.shown -> Arrow

Both ways give the same text; the first makes no Python object per cell. Needs no secrets.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from functools import reduce
from itertools import islice
from pathlib import Path
from typing import Any

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc
import python_calamine as calamine

from connectors.base import NOTHING_TAKEN, Part, Pull, arranged
from connectors.headers import Header, accept, best_header, no_header
from connectors.shown import numbers_shown, shown_column, texts_shown, times_shown
from foundation.collector import resting
from foundation.errors import SourceInvalid

BATCH_ROWS = 20_000
FIRST_DAY = dt.datetime(1900, 1, 1)  # what lies before is a time of day without a date
logging.getLogger("fastexcel").setLevel(logging.ERROR)  # it warns of columns that are empty


class NeedsCareError(Exception):
    """The workbook is not of the plain kind."""


def read_xlsx(path: Path, pull: Pull, where: str) -> Iterator[Part]:
    """All sheets that have the header, in order. Raises SourceInvalid when none has, SourceChanged
    for columns.
    """
    try:
        plain = _plain_sheet(path, pull)
    except (NeedsCareError, fastexcel.FastExcelError):
        yield from _with_care(path, pull, where)
        return
    for at in range(0, max(plain.num_rows, 1), BATCH_ROWS):
        yield arranged(plain.slice(at, BATCH_ROWS), pull.columns), ()


def _plain_sheet(path: Path, pull: Pull) -> pa.RecordBatch:
    """The only sheet as text, if its first row names the declared columns and no other, and each
    column holds one kind of value. Raises NeedsCareError or FastExcelError if not.
    """
    book = fastexcel.read_excel(path)
    if len(book.sheet_names) != 1:
        raise NeedsCareError
    sheet = book.load_sheet(0, schema_sample_rows=None, dtype_coercion="strict").to_arrow()
    names = [name.strip() for name in sheet.schema.names]
    if sorted(names) != sorted(pull.columns):
        raise NeedsCareError
    columns = [_as_shown(column) for column in sheet.columns]
    return _without_blank_rows(pa.RecordBatch.from_arrays(columns, names=names))


def _as_shown(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_string(kind):
        return texts_shown(column)
    if pa.types.is_float64(kind):
        return numbers_shown(column)
    if not pa.types.is_timestamp(kind) or pc.any(pc.less(column, FIRST_DAY)).as_py():
        raise NeedsCareError
    return times_shown(column)


def _with_care(path: Path, pull: Pull, where: str) -> Iterator[Part]:
    """Any workbook, by the values of its cells."""
    sheets = _sheets(path, where)
    headers = [(rows, header) for rows in sheets if (header := best_header(rows, pull)) is not None]
    if not headers:
        raise no_header(where)
    for rows, header in headers:
        yield from _sheet(rows, accept(header, pull, where), pull)


def _sheets(path: Path, where: str) -> list[list[list[Any]]]:
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        with resting():
            return [
                book.get_sheet_by_name(name).to_python(skip_empty_area=True)
                for name in book.sheet_names
            ]
    except (calamine.CalamineError, OSError, ValueError):
        remedy = "open it in a spreadsheet, save it without a password, and deliver it again"
        raise SourceInvalid(where, "the workbook cannot be opened", NOTHING_TAKEN, remedy) from None


def _sheet(rows: list[list[Any]], header: Header, pull: Pull) -> Iterator[Part]:
    body = rows[header.row + 1 :]
    for at in range(0, max(len(body), 1), BATCH_ROWS):
        columns = _shown_columns(body[at : at + BATCH_ROWS], len(header.names))
        made = pa.RecordBatch.from_arrays(columns, names=list(header.names))
        yield arranged(_without_blank_rows(made), pull.columns), ()


def _shown_columns(rows: list[list[Any]], width: int) -> list[pa.Array]:
    """The first columns of rows that are all equally long."""
    if not rows:
        return [pa.array([], pa.string())] * width
    return [shown_column(values) for values in islice(zip(*rows, strict=True), width)]


def _without_blank_rows(rows: pa.RecordBatch) -> pa.RecordBatch:
    told = [pc.is_valid(column) for column in rows.columns]
    return rows.filter(reduce(pc.or_, told))
