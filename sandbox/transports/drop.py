"""The file drop: what civil affairs and the card makers put into a folder, day by day.

    Delivery ── deliver ──► DROP/<department>/<feed>_<YYYYMMDD>[_NN].csv|xlsx, then <file>.ok

Snapshot feeds come whole on the base day and on each day that changes them; increment feeds as the
base and then each day's rows. A file that has its .ok is not written again. Needs no secrets.
Alone: ``deliver(Delivery.of("DIR"), date(2026, 1, 1), Path("DROP"))``.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import repeat
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter

from foundation.errors import HubError
from sandbox.county import OPERATION
from sandbox.delivery import Delivery
from schemas import Delivery as Kind
from schemas import Feed, Type

#: The feeds that come as workbooks; the others are CSV.
WORKBOOKS = {"assistance_member", "left_behind_child", "evacuation_card"}
EXPONENT = re.compile(r"\d(\.\d+)?E\+\d+")
SHEET_ROWS = 1_048_575  # below the header
SERIAL = re.compile(r"\d{5}")


def deliver(delivery: Delivery, upto: date, drop: Path) -> int:
    """Write every file due up to ``upto`` that is not yet complete; returns the rows written."""
    return sum(
        _write(delivery, feed, day, drop)
        for feed in delivery.feeds("files")
        for day in [delivery.county.as_of, *delivery.county.days_of(feed.id, upto)]
    )


def _write(delivery: Delivery, feed: Feed, day: date, drop: Path) -> int:
    names = _names(delivery, feed, day)
    folder = drop / feed.department
    if all((folder / f"{name}.ok").exists() for name in names):
        return 0
    table = _due(delivery, feed, day)
    if table is None:
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        _complete(folder / name, table, feed, day)
    return len(table)


def _names(delivery: Delivery, feed: Feed, day: date) -> list[str]:
    ending = "xlsx" if feed.name in WORKBOOKS else "csv"
    stem = f"{feed.name}_{day:%Y%m%d}"
    repeated = delivery.faults.at("duplicate_page", feed.id)
    return [f"{stem}.{ending}"] + ([f"{stem}_02.{ending}"] if repeated else [])


def _due(delivery: Delivery, feed: Feed, day: date) -> pa.Table | None:
    """What the day's file holds. An increment cannot say that a row is gone: no deletions."""
    if day == delivery.county.as_of or feed.delivery is Kind.SNAPSHOT:
        return _cut(delivery, feed, delivery.current(feed, day))
    changes = delivery.changes(feed, day)
    if changes is None:
        return None
    return changes.filter(pc.not_equal(changes[OPERATION], "D")).drop_columns([OPERATION])


def _cut(delivery: Delivery, feed: Feed, table: pa.Table) -> pa.Table:
    fault = delivery.faults.at("cut_snapshot", feed.id)
    if fault is None or feed.delivery is not Kind.SNAPSHOT:
        return table
    return table.slice(0, int(len(table) * float(fault.value)))


def _complete(path: Path, table: pa.Table, feed: Feed, day: date) -> None:
    """Write the file under a hidden name and rename it, then its .ok, which never comes first."""
    draft = path.with_name(f".{path.name}.part")
    if path.suffix == ".xlsx":
        if len(table) > SHEET_ROWS:
            raise HubError(
                feed.id,
                f"a worksheet holds {SHEET_ROWS:,} rows, and these are {len(table):,}",
                "the file was not written",
                "serve a smaller county",
            )
        _workbook(draft, table, feed, day)
    else:
        _csv(draft, table)
    with draft.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    draft.replace(path)
    draft = path.with_name(f".{path.name}.ok.part")
    draft.write_text(f"rows={table.num_rows}\nsha256={digest}\n", "ascii")
    draft.replace(f"{path}.ok")


def _csv(path: Path, table: pa.Table) -> None:
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(table.column_names)
        for batch in table.to_batches(max_chunksize=50_000):
            writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _workbook(path: Path, table: pa.Table, feed: Feed, day: date) -> None:
    """One sheet with a header row, written row by row as constant memory asks."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_urls": False})
    book.set_properties({"created": datetime(day.year, day.month, day.day, tzinfo=UTC)})
    sheet = book.add_worksheet("Sheet1")
    for place, name in enumerate(table.column_names):
        sheet.write_string(0, place, name)
    for number, cells in enumerate(_rows(table, feed), start=1):
        for place, cell in cells:
            if isinstance(cell, str):
                sheet.write_string(number, place, cell)
            else:
                sheet.write_number(number, place, cell)
    book.close()


def _rows(table: pa.Table, feed: Feed) -> Iterator[list[tuple[int, str | float]]]:
    """The filled cells of each row with their place; what Excel had made a number is one again."""
    for batch in table.to_batches(max_chunksize=20_000):
        columns = [
            _cells(column, _is_date(feed, name))
            for name, column in zip(batch.schema.names, batch, strict=True)
        ]
        for row in zip(*columns, strict=True):
            yield [(place, cell) for place, cell in enumerate(row) if cell is not None]


def _cells(column: pa.Array, is_date: bool) -> Iterator[str | float | None]:
    """A column's cells: ``3.62132E+17``, and ``25569`` for a date, are numbers. Once a value."""
    values = column.cast(pa.string()).dictionary_encode()
    known = [_number(text, is_date) for text in values.dictionary.to_pylist()]
    if len(values) == 0:
        return iter(())
    if not known:
        return repeat(None, len(values))
    return (None if place is None else known[place] for place in values.indices.to_pylist())


def _number(text: str, is_date: bool) -> str | float:
    damaged = EXPONENT.fullmatch(text) or (is_date and SERIAL.fullmatch(text))
    return float(text) if damaged else text


def _is_date(feed: Feed, name: str) -> bool:
    return any(
        column.source == name and (column.fuzzy or column.type is Type.DATE)
        for column in feed.columns
    )
