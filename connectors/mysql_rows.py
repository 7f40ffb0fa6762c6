"""Rows of MySQL and MariaDB from the wire to Arrow, a batch at a time, without a Python object per
cell.

    socket -> bytes of many packets -> bounds of cells in numpy -> Arrow take -> text columns

Text protocol: a packet is three bytes of size, one of sequence, and a row; each cell of it is a
length (1, 3, 4 or 9 bytes) and that many bytes, or 0xFB for null. PyMySQL would spend microseconds
on each cell. Secrets needed: none (an open connection is given).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pymysql.connections import Connection
from pymysql.constants import CR
from pymysql.cursors import SSCursor
from pymysql.err import OperationalError, raise_mysql_exception

from connectors.ahead import ahead

NULL, WORD, TRIPLE, LONG = 0xFB, 0xFC, 0xFD, 0xFE  # lead bytes of a length that is not one byte
END, ERROR = 0xFE, 0xFF  # first byte of a packet that is no row
HEADER = 4
FULL = 0xFFFFFF  # the size of a packet that goes on in the next
BATCH_BYTES = 32 << 20
CACHED_ROWS = 16_384  # in greater batches the columns no longer lie in the processor's cache
READ_BYTES = 1 << 20
SIZES = np.arange(256, dtype=np.int64)
SIZES[NULL] = 0
_word = Struct("<I").unpack_from


def stream(
    connection: Connection[Any], statement: str, batch_rows: int
) -> Iterator[pa.RecordBatch]:
    """Run a SELECT in one consistent snapshot and yield its rows as text columns c0, c1, ...

    Yields at least one batch. Memory: three batches (each at most 32 MiB and a row) and the columns
    of one.
    """
    with connection.cursor() as session:
        session.execute("SET time_zone = '+08:00'")
        session.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        session.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    cursor = SSCursor(connection)
    cursor.execute(statement)
    width = len(cursor.description)
    wire = _Wire(connection, min(batch_rows, CACHED_ROWS))
    try:
        for data, starts in ahead(wire.batches()):
            yield _columns(data, starts, width)
    finally:
        _forget(cursor)
        if not wire.ended:
            connection._force_close()  # the rest of the result is still on its way


def _forget(cursor: Any) -> None:
    """PyMySQL would read an unbuffered result to its end when the cursor goes."""
    cursor._result.unbuffered_active, cursor._result.connection = False, None
    cursor._result = None


@dataclass
class _Wire:
    """The packets of a result. `held` begins with a packet; `starts` are where its rows begin."""

    connection: Any
    batch_rows: int
    held: bytearray = field(default_factory=bytearray)
    ended: bool = False

    def batches(self) -> Iterator[tuple[bytes, list[int]]]:
        """Bytes of whole packets, and where in them each row begins; at least one batch."""
        first = True
        while not self.ended:
            starts, end = self._scan()
            if starts or first or not self.ended:
                yield bytes(self.held[:end]), starts
            del self.held[:end]
            first = False

    def _scan(self) -> tuple[list[int], int]:
        """Find whole rows until they make a batch or the result ends; also where the last ends."""
        starts: list[int] = []
        at = 0
        while len(starts) < self.batch_rows and at < BATCH_BYTES:
            at = self._rows_held(starts, at)
            if len(self.held) - at >= HEADER + 1 and self._is_odd(at):
                end = self._odd(starts, at)
                if end is None:
                    break
                at = end
            elif len(starts) < self.batch_rows and at < BATCH_BYTES:
                self._receive()
        return starts, at

    def _rows_held(self, starts: list[int], at: int) -> int:
        """Take note of the plain rows that have come whole; returns where they end."""
        held, room, last = self.held, self.batch_rows - len(starts), len(self.held) - HEADER - 1
        found = starts.append
        while at <= last and room:
            size = _word(held, at)[0] & FULL
            end = at + HEADER + size
            if end > last + HEADER + 1 or size == FULL or held[at + HEADER] >= END:
                break
            found(at + HEADER)
            at = end
            room -= 1
        return at

    def _is_odd(self, at: int) -> bool:
        """Whether the packet is no plain row: the end, an error, or a row in several packets."""
        return _word(self.held, at)[0] & FULL == FULL or self.held[at + HEADER] >= END

    def _odd(self, starts: list[int], at: int) -> int | None:
        """Take one such packet; returns where it ends, None at the end of the result."""
        size = _word(self.held, at)[0] & FULL
        kind = self.held[at + HEADER]
        self._receive_to(at + HEADER + size)
        if kind == ERROR:
            self.ended = True
            raise_mysql_exception(bytes(self.held[at + HEADER : at + HEADER + size]))
        if kind == END and size < 9:
            self.ended = True
            return None
        starts.append(at + HEADER)
        return self._joined(at, size)

    def _joined(self, at: int, size: int) -> int:
        """Make one packet of a row's packets; returns where it ends."""
        end = at + HEADER + size
        while size == FULL:
            self._receive_to(end + HEADER)
            size = _word(self.held, end)[0] & FULL
            del self.held[end : end + HEADER]
            end += size
            self._receive_to(end)
        return end

    def _receive_to(self, size: int) -> None:
        while len(self.held) < size:
            self._receive()

    def _receive(self) -> None:
        data = self.connection._rfile.read1(READ_BYTES)
        if not data:
            raise OperationalError(CR.CR_SERVER_LOST, "Lost connection to MySQL server")
        self.held += data


def _columns(data: bytes, starts: list[int], width: int) -> pa.RecordBatch:
    at = np.fromiter(starts, np.int64, len(starts))
    bounds, nulls = _bounds(np.frombuffer(data + b"\0" * 9, np.uint8), at, width)
    # Between two cells lies the length of the next, between two rows a header too: take that for a
    # cell as well, and the buffer is one binary array.
    bounds[:, 0, 0] -= HEADER
    offsets = np.append(bounds.reshape(-1), len(data)).astype(np.int32)
    cells = pa.Array.from_buffers(
        pa.binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    )
    columns = [_column(cells, i, width, nulls[i]) for i in range(width)]
    return pa.RecordBatch.from_arrays(columns, names=[f"c{i}" for i in range(width)])


def _bounds(
    data: NDArray[np.uint8], at: NDArray[np.int64], width: int
) -> tuple[NDArray[np.int64], list[NDArray[np.bool_] | None]]:
    """Start of each cell's length and bytes, shape (rows, columns, 2), and which are null, by
    column.
    """
    bounds = np.empty((len(at), width, 2), np.int64)
    nulls: list[NDArray[np.bool_] | None] = []
    for column in range(width):
        lead = data[at]
        size = SIZES[lead]
        bounds[:, column, 0] = at
        at = at + 1
        odd = lead >= NULL
        nulls.append(lead == NULL if odd.any() else None)
        if odd.any():
            at, size = _long(data, lead, at, size)
        bounds[:, column, 1] = at
        at = at + size
    return bounds, nulls


def _long(
    data: NDArray[np.uint8], lead: NDArray[np.uint8], at: NDArray[np.int64], size: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Starts and sizes with those put right whose length takes two, three or eight bytes more."""
    for mark, extra in ((WORD, 2), (TRIPLE, 3), (LONG, 8)):
        long = np.flatnonzero(lead == mark)
        parts = (data[at[long] + i].astype(np.int64) << (8 * i) for i in range(extra))
        size[long] = sum(parts) if len(long) else 0
        at[long] += extra
    return at, size


def _column(cells: pa.Array, column: int, width: int, null: NDArray[np.bool_] | None) -> pa.Array:
    positions = np.arange(2 * column + 1, len(cells), 2 * width, dtype=np.int64)
    values = cells.take(pa.array(positions, mask=null))
    try:
        return values.cast(pa.string())
    except pa.ArrowInvalid:  # bytes of a column without a character set
        texts = [
            None if v is None else v.decode("utf-8", "backslashreplace") for v in values.to_pylist()
        ]
        return pa.array(texts, pa.string())
