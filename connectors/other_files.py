"""Files that are neither CSV nor XLSX: JSON lines, Parquet.

    file -> text in Arrow -> Part

Needs no secrets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

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
from foundation.errors import SourceInvalid

BATCH_ROWS = 20_000


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
