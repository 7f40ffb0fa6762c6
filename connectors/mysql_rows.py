"""Rows of MySQL and MariaDB from the wire to Arrow, a batch at a time, without a Python object per
cell.

    PyMySQL packets -> one buffer -> bounds of cells in numpy -> Arrow take -> text columns

Text protocol: each cell is a length (1, 3, 4 or 9 bytes) and that many bytes, or 0xFB for null.
PyMySQL would spend microseconds on each cell. Secrets needed: none (an open connection is given).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pymysql.connections import Connection
from pymysql.cursors import SSCursor

NULL, WORD, TRIPLE, LONG = 0xFB, 0xFC, 0xFD, 0xFE  # lead bytes of a length that is not one byte
BATCH_BYTES = 32 << 20


def stream(
    connection: Connection[Any], statement: str, batch_rows: int
) -> Iterator[pa.RecordBatch]:
    """Run a SELECT in one consistent snapshot and yield its rows as text columns c0, c1, ...

    Yields at least one batch. Memory: one batch (at most 32 MiB and a row) and its columns.
    """
    with connection.cursor() as session:
        session.execute("SET time_zone = '+08:00'")
        session.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        session.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    cursor = SSCursor(connection)
    cursor.execute(statement)
    width = len(cursor.description)
    packets = _packets(connection)
    ended = first = False
    try:
        while not ended:
            rows, ended = _take(packets, batch_rows)
            if rows or not first:
                yield _columns(rows, width)
            first = True
    finally:
        _forget(cursor)


def _packets(connection: Any) -> Iterator[bytes]:
    """The raw row packets of an unbuffered result; `_read_packet` raises the server's errors."""
    while True:
        packet = connection._read_packet()
        if packet.is_eof_packet():
            return
        yield packet.get_all_data()


def _forget(cursor: Any) -> None:
    """PyMySQL would read an unbuffered result to its end when the cursor goes; the connection is
    closed instead.
    """
    cursor._result.unbuffered_active, cursor._result.connection = False, None
    cursor._result = None


def _take(packets: Iterator[bytes], batch_rows: int) -> tuple[list[bytes], bool]:
    rows: list[bytes] = []
    size = 0
    for packet in packets:
        rows.append(packet)
        size += len(packet)
        if len(rows) >= batch_rows or size >= BATCH_BYTES:
            return rows, False
    return rows, True


def _columns(rows: list[bytes], width: int) -> pa.RecordBatch:
    data = b"".join(rows)
    ends = np.cumsum(np.fromiter(map(len, rows), np.int64, len(rows)))
    at = np.concatenate([[0], ends[:-1]]) if len(rows) else ends
    bounds, nulls = _bounds(np.frombuffer(data + b"\0" * 9, np.uint8), at, width)
    # Between two cells lies the length of the next: take it for a cell too, and the buffer is one
    # binary array.
    offsets = np.append(bounds.reshape(-1), len(data)).astype(np.int32)
    cells = pa.Array.from_buffers(
        pa.binary(), len(offsets) - 1, [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(data)]
    )
    columns = [_column(cells, i, width, nulls[:, i]) for i in range(width)]
    return pa.RecordBatch.from_arrays(columns, names=[f"c{i}" for i in range(width)])


def _bounds(
    data: NDArray[np.uint8], at: NDArray[np.int64], width: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Start of each cell's length and bytes, shape (rows, columns, 2), and which are null."""
    bounds = np.empty((len(at), width, 2), np.int64)
    nulls = np.empty((len(at), width), np.bool_)
    for column in range(width):
        lead = data[at]
        nulls[:, column] = lead == NULL
        size = np.where(lead == NULL, 0, lead).astype(np.int64)
        head = np.ones(len(at), np.int64)
        for mark, extra in ((WORD, 2), (TRIPLE, 3), (LONG, 8)):
            long = np.flatnonzero(lead == mark)
            if len(long):
                size[long] = sum(
                    data[at[long] + 1 + i].astype(np.int64) << (8 * i) for i in range(extra)
                )
                head[long] = 1 + extra
        bounds[:, column, 0], bounds[:, column, 1] = at, at + head
        at = at + head + size
    return bounds, nulls


def _column(cells: pa.Array, column: int, width: int, null: NDArray[np.bool_]) -> pa.Array:
    positions = np.arange(len(null), dtype=np.int64) * (2 * width) + 2 * column + 1
    values = cells.take(pa.array(positions, mask=null))
    try:
        return values.cast(pa.string())
    except pa.ArrowInvalid:  # bytes of a column without a character set
        texts = [
            None if v is None else v.decode("utf-8", "backslashreplace") for v in values.to_pylist()
        ]
        return pa.array(texts, pa.string())
