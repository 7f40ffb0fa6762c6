"""Bytes of many rows of MySQL and MariaDB to Arrow, by column, without a Python object per cell.

    bytes, where rows begin -> bounds of cells in numpy -> Arrow take -> columns c0, c1, ...

A row of the text protocol: each cell is a length (1, 3, 4 or 9 bytes) and that many bytes, or 0xFB
for null. A row of the binary protocol (of a prepared statement): a byte 0, a bit for each column
that is null, then the others' values; numbers have their own size, all else is as above.
Needs no secrets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pymysql.constants import FIELD_TYPE as TYPE
from pymysql.constants import FLAG
from pymysql.protocol import FieldDescriptorPacket

from connectors import mysql_times
from connectors.slices import Bytes, Marks, Places, cells_of, is_ascii, of_one_size, windows

NULL, WORD, TRIPLE, LONG = 0xFB, 0xFC, 0xFD, 0xFE  # lead bytes of a length that is not one byte
SIZES = np.arange(256, dtype=np.int64)
SIZES[NULL] = 0
DAYS, MOMENTS = {TYPE.DATE, TYPE.NEWDATE}, {TYPE.DATETIME, TYPE.TIMESTAMP}
WHOLE = {TYPE.TINY: 1, TYPE.SHORT: 2, TYPE.INT24: 4, TYPE.LONG: 4, TYPE.LONGLONG: 8}
DAY, MOMENT = "day", "moment"
ALIKE = 64  # bytes of a text that are gathered in one piece
UNFIXED = 31  # the scale of a DOUBLE that was declared without one
TEXTS = {
    TYPE.NULL,
    TYPE.VARCHAR,
    TYPE.JSON,
    TYPE.NEWDECIMAL,
    TYPE.ENUM,
    TYPE.SET,
    TYPE.TINY_BLOB,
    TYPE.MEDIUM_BLOB,
    TYPE.LONG_BLOB,
    TYPE.BLOB,
    TYPE.VAR_STRING,
    TYPE.STRING,
    TYPE.GEOMETRY,
}


@dataclass(frozen=True)
class Layout:
    """How a row is written. kinds: of each column the numpy type of its values; DAY, MOMENT, or ""
    for text.
    """

    kinds: tuple[str, ...]
    is_binary: bool

    def columns(self, data: Bytes, starts: Places) -> pa.RecordBatch:
        """The rows that begin at `starts`; after the last one `data` goes on for SPARE bytes."""
        columns = _Rows(data, starts, self).columns()
        return pa.RecordBatch.from_arrays(columns, names=[f"c{i}" for i in range(len(columns))])


def as_text(width: int) -> Layout:
    """The layout of the text protocol."""
    return Layout(("",) * width, False)


def as_binary(fields: Sequence[FieldDescriptorPacket]) -> Layout | None:
    """The layout of a prepared statement's rows; None where a value would lose its spelling."""
    kinds = [_kind(field) for field in fields]
    return None if None in kinds else Layout(tuple(kind or "" for kind in kinds), True)


def _kind(field: FieldDescriptorPacket) -> str | None:
    if field.type_code in WHOLE and not field.flags & FLAG.ZEROFILL:
        return f"<{'u' if field.flags & FLAG.UNSIGNED else 'i'}{WHOLE[field.type_code]}"
    if field.type_code == TYPE.DOUBLE and field.scale == UNFIXED:
        return "<f8"
    if field.type_code in DAYS | MOMENTS:
        return DAY if field.type_code in DAYS else MOMENT
    return "" if field.type_code in TEXTS else None


@dataclass(frozen=True)
class _Rows:
    data: Bytes
    starts: Places
    layout: Layout

    def columns(self) -> list[pa.Array]:
        """One pass over the columns, each of which begins where the one before it ended."""
        at, found = self._first_cell(), list[Any]()
        bounds: list[tuple[Places, Places]] = []
        for column, kind in enumerate(self.layout.kinds):
            null = self._null(column)
            if kind in (DAY, MOMENT):
                values, at = mysql_times.spelled(self.data, at, null, kind == DAY)
            elif kind:
                values, at = _numbers(self.data, kind, at, null)
            else:
                null, begins, at = _text_bounds(self.data, at, null)
                values = _alike(self.data, begins, at) if null is None else None
                if values is None:
                    values = null
                    bounds.append((begins, at))
            found.append(values)
        return self._with_texts(found, bounds)

    def _first_cell(self) -> Places:
        if not self.layout.is_binary:
            return self.starts
        return self.starts + 1 + (len(self.layout.kinds) + 9) // 8

    def _null(self, column: int) -> Marks | None:
        """Which rows' bit says null; None where none does, or where there are no such bits."""
        if not self.layout.is_binary:
            return None
        place, bit = divmod(column + 2, 8)
        some, bits = self._bits[place]
        return bits & (1 << bit) != 0 if some & (1 << bit) else None

    @cached_property
    def _bits(self) -> list[tuple[int, NDArray[np.uint8]]]:
        """Each byte of the rows' bits, and what is set in any row."""
        each = (self.data[self.starts + 1 + i] for i in range((len(self.layout.kinds) + 9) // 8))
        return [(int(np.bitwise_or.reduce(bits)) if len(bits) else 0, bits) for bits in each]

    def _with_texts(self, found: list[Any], bounds: list[tuple[Places, Places]]) -> list[pa.Array]:
        """The columns, where `found` has but the nulls of those texts whose bounds are given."""
        if not bounds:
            return found
        begins, ends = (np.stack(places, 1).reshape(-1) for places in zip(*bounds, strict=True))
        cells = cells_of(self.data, begins, ends)
        texts = iter(range(len(bounds)))
        return [
            values
            if isinstance(values, pa.Array)
            else _texts(cells, next(texts), len(bounds), values)
            for values in found
        ]


def _numbers(data: Bytes, kind: str, at: Places, null: Marks | None) -> tuple[pa.Array, Places]:
    values = windows(data, kind)[at]
    size = values.itemsize if null is None else values.itemsize * ~null
    return pa.array(values, mask=null), at + size


def _alike(data: Bytes, begins: Places, ends: Places) -> pa.Array | None:
    """Texts of one length, as numbers of persons, codes and times have; None if they differ."""
    sizes = ends - begins
    size = int(sizes[0]) if len(sizes) else 0
    if not 0 < size <= ALIKE or (sizes != size).any():
        return None
    values = windows(data, f"V{size}")[begins]
    return _decoded(of_one_size(values, pa.binary()))


def _text_bounds(
    data: Bytes, at: Places, absent: Marks | None
) -> tuple[Marks | None, Places, Places]:
    """Which cells are null, and where each begins and ends. An absent one has not even a length."""
    lead = data[at] if absent is None else np.where(absent, np.uint8(0), data[at])
    begins, null = at + 1 if absent is None else at + ~absent, absent
    if not (lead >= NULL).any():
        return null, begins, begins + lead
    if absent is None:
        null = lead == NULL
    begins, size = _long(data, lead, begins)
    return null, begins, begins + size


def _long(data: Bytes, lead: Bytes, begins: Places) -> tuple[Places, Places]:
    """Begins and sizes where some lengths take two, three or eight bytes more."""
    size = SIZES[lead]
    for mark, extra in ((WORD, 2), (TRIPLE, 3), (LONG, 8)):
        long = np.flatnonzero(lead == mark)
        parts = (data[begins[long] + i].astype(np.int64) << (8 * i) for i in range(extra))
        size[long] = sum(parts) if len(long) else 0
        begins[long] += extra
    return begins, size


def _texts(cells: pa.Array, column: int, width: int, null: Marks | None) -> pa.Array:
    positions = np.arange(2 * column, len(cells), 2 * width, dtype=np.int64)
    return _decoded(cells.take(pa.array(positions, mask=null)))


def _decoded(values: pa.Array) -> pa.Array:
    if is_ascii(values):
        return values.view(pa.string())
    try:
        return values.cast(pa.string())
    except pa.ArrowInvalid:  # bytes of a column without a character set
        texts = [
            None if v is None else v.decode("utf-8", "backslashreplace") for v in values.to_pylist()
        ]
        return pa.array(texts, pa.string())
