"""Files that are not CSV: XLSX workbooks, JSON lines, Parquet.

    file -> cells as a reader sees them -> text in Arrow -> Part

Needs no secrets.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine as calamine

from connectors import cells
from connectors.base import (
    NOTHING_TAKEN,
    RAW_LIMIT,
    Part,
    Pull,
    Unreadable,
    arranged,
    columns_missing,
)
from connectors.headers import Header, accept, best_header, no_header
from foundation.errors import SourceInvalid

BATCH_ROWS = 20_000
LONG_NUMBER = 10**15  # a spreadsheet holds 15 digits, and shows what is beyond as zeros


def read_xlsx(path: Path, pull: Pull, where: str) -> Iterator[Part]:
    """All sheets that have the header, in order. Raises SourceInvalid when none has, SourceChanged
    for columns.
    """
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        sheets = [
            book.get_sheet_by_name(name).to_python(skip_empty_area=True)
            for name in book.sheet_names
        ]
    except (calamine.CalamineError, OSError, ValueError):
        remedy = "open it in a spreadsheet, save it without a password, and deliver it again"
        raise SourceInvalid(where, "the workbook cannot be opened", NOTHING_TAKEN, remedy) from None
    headers = [(rows, header) for rows in sheets if (header := best_header(rows, pull)) is not None]
    if not headers:
        raise no_header(where)
    for rows, header in headers:
        yield from _sheet(rows, accept(header, pull, where), pull)


def _sheet(rows: list[list[Any]], header: Header, pull: Pull) -> Iterator[Part]:
    width = len(header.names)
    body = [
        row[:width] for row in rows[header.row + 1 :] if any(value != "" for value in row[:width])
    ]
    for at in range(0, max(len(body), 1), BATCH_ROWS):
        values: Any = (
            zip(*body[at : at + BATCH_ROWS], strict=True) if body else ([] for _ in header.names)
        )
        columns = [_shown_column(column) for column in values]
        yield (
            arranged(pa.RecordBatch.from_arrays(columns, names=list(header.names)), pull.columns),
            (),
        )


def _shown_column(values: Sequence[Any]) -> pa.Array:
    if set(map(type, values)) <= {str}:
        return pa.array([value or None for value in values], pa.string())
    return pa.array([shown(value) for value in values], pa.string())


def shown(value: Any) -> str | None:
    """A spreadsheet's cell as its reader sees it: 3, 0.3, 3.62132E+17, 2026-01-31."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (int, float)):
        return _shown_number(float(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return cells.cell(value)


def _shown_number(value: float) -> str:
    """Whole numbers without a fraction. One of 16 digits and more is shown with an exponent where
    nothing is lost.
    """
    if abs(value) >= LONG_NUMBER:
        mantissa, exponent = f"{value:.5E}".split("E")
        short = f"{mantissa.rstrip('0').rstrip('.')}E{exponent}"
        return short if float(short) == value else format(Decimal(f"{value:.15g}"), "f")
    return str(int(value)) if value == int(value) else f"{value:.15g}"


def read_jsonl(path: Path, pull: Pull, where: str) -> Iterator[Part]:
    """One JSON object a line; other lines are set apart."""
    decoder = json.JSONDecoder(parse_float=cells.Number, parse_int=cells.Number)
    found: set[str] = set()
    rows: list[dict[str, Any]] = []
    aside: list[Unreadable] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            row = _json_row(line, decoder)
            if isinstance(row, dict):
                rows.append(row)
            elif line.strip():
                raw = line[:RAW_LIMIT].decode("utf-8", "backslashreplace")
                aside.append(Unreadable(f"line {number}", "the line is not a JSON object", raw))
            if len(rows) >= BATCH_ROWS:
                found.update(*rows)
                yield _json_batch(rows, pull), tuple(aside)
                rows, aside = [], []
    found.update(*rows)
    missing = [name for name in pull.must_have if name not in found]
    if found and missing:
        raise columns_missing(where, missing, sorted(found - set(pull.columns)))
    yield _json_batch(rows, pull), tuple(aside)


def _json_row(line: bytes, decoder: json.JSONDecoder) -> Any:
    try:
        return decoder.decode(line.decode("utf-8-sig").strip())
    except (ValueError, RecursionError):
        return None


def _json_batch(rows: list[dict[str, Any]], pull: Pull) -> pa.RecordBatch:
    found: set[str] = set().union(*rows)
    names = [*pull.columns, *sorted(found - set(pull.columns))]
    columns = [cells.text_of_values([row.get(name) for row in rows]) for name in names]
    return pa.RecordBatch.from_arrays(columns, names=names)


def read_parquet(path: Path, pull: Pull, where: str) -> Iterator[Part]:
    """A Parquet file of any types; string, large_string and dictionary are all text."""
    try:
        file = pq.ParquetFile(path)
        missing = [name for name in pull.must_have if name not in file.schema_arrow.names]
        if missing:
            raise columns_missing(
                where, missing, [n for n in file.schema_arrow.names if n not in pull.columns]
            )
        for rows in file.iter_batches(BATCH_ROWS):
            yield arranged(cells.text_batch(rows), pull.columns), ()
        if file.metadata.num_rows == 0:
            yield (
                arranged(
                    cells.text_batch(pa.RecordBatch.from_pylist([], file.schema_arrow)),
                    pull.columns,
                ),
                (),
            )
    except (pa.ArrowException, OSError):
        remedy = "ask the department to deliver it again"
        raise SourceInvalid(
            where, "the Parquet file cannot be read", NOTHING_TAKEN, remedy
        ) from None
