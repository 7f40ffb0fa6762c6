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

from connectors.slices import Places, cells_of, windows

NULL, WORD, TRIPLE, LONG = 0xFB, 0xFC, 0xFD, 0xFE  # lead bytes of a length that is not one byte
SPARE = b"\0" * 9  # a length may be looked for behind the last row
SIZES = np.arange(256, dtype=np.int64)
SIZES[NULL] = 0
WHOLE = {TYPE.TINY: 1, TYPE.SHORT: 2, TYPE.INT24: 4, TYPE.LONG: 4, TYPE.LONGLONG: 8}
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
Marks = NDArray[np.bool_]


@dataclass(frozen=True)
class Layout:
    """How a row is written. kinds: of each column the numpy type of its values, "" for text."""

    kinds: tuple[str, ...]
    is_binary: bool

    def columns(self, data: bytes, starts: Places) -> pa.RecordBatch:
        """The rows that begin at `starts`; after the last one `data` goes on with SPARE."""
        table = _Rows(data, starts, self)
        columns = table.columns()
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
    return "" if field.type_code in TEXTS else None


@dataclass(frozen=True)
class _Rows:
    data: bytes
    starts: Places
    layout: Layout

    def columns(self) -> list[pa.Array]:
        """One pass over the columns, each of which begins where the one before it ended."""
        bytes_of = np.frombuffer(self.data, np.uint8)
        at, found = self._first_cell(), list[Any]()
        bounds: list[tuple[Places, Places]] = []
        for column, kind in enumerate(self.layout.kinds):
            null = self._null(column)
            if kind:
                values = windows(self.data, kind)[at]
                found.append(pa.array(values, mask=null))
                at = at + (values.itemsize if null is None else values.itemsize * ~null)
            else:
                null, begins, ends = _text_bounds(bytes_of, at, null)
                at = ends
                found.append(_alike(self.data, begins, ends) if null is None else null)
                if not isinstance(found[-1], pa.Array):
                    bounds.append((begins, ends))
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
        data = np.frombuffer(self.data, np.uint8)
        each = (data[self.starts + 1 + i] for i in range((len(self.layout.kinds) + 9) // 8))
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


def _alike(data: bytes, begins: Places, ends: Places) -> pa.Array | None:
    """Texts of one length, as numbers of persons, codes and times have; None if they differ."""
    sizes = ends - begins
    size = int(sizes[0]) if len(sizes) else 0
    if not 0 < size <= ALIKE or (sizes != size).any():
        return None
    values = windows(data, f"V{size}")[begins]
    offsets = np.arange(0, size * len(begins) + 1, size, dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(values)]
    return _decoded(pa.Array.from_buffers(pa.binary(), len(begins), buffers))


def _text_bounds(
    data: NDArray[np.uint8], at: Places, absent: Marks | None
) -> tuple[Marks | None, Places, Places]:
    """Which cells are null, and where each begins and ends. An absent one has not even a length."""
    lead = data[at] if absent is None else np.where(absent, np.uint8(0), data[at])
    begins, size, null = at + 1, SIZES[lead], absent
    if (lead >= NULL).any():
        begins, size = _long(data, lead, begins, size)
        null = lead == NULL if absent is None else absent
    if absent is not None:
        begins = begins - absent
    return null, begins, begins + size


def _long(
    data: NDArray[np.uint8], lead: NDArray[np.uint8], begins: Places, size: Places
) -> tuple[Places, Places]:
    """Begins and sizes with those put right whose length takes two, three or eight bytes more."""
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
    try:
        return values.cast(pa.string())
    except pa.ArrowInvalid:  # bytes of a column without a character set
        texts = [
            None if v is None else v.decode("utf-8", "backslashreplace") for v in values.to_pylist()
        ]
        return pa.array(texts, pa.string())
