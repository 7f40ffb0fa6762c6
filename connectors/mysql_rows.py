"""Rows of MySQL and MariaDB from the wire to Arrow, a batch at a time.

    SELECT -> prepared statement -> socket -> bytes of many packets -> connectors.mysql_cells
           └ values would lose their spelling, or no statements are prepared -> text protocol

A packet is three bytes of size, one of sequence, and a row. A server takes as long to write a
DOUBLE as text as to read three columns; PyMySQL would spend microseconds on each cell. Secrets
needed: none (an open connection is given).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat
from struct import Struct
from typing import Any

import numpy as np
import pyarrow as pa
from pymysql.connections import Connection
from pymysql.constants import COMMAND, CR, ER
from pymysql.cursors import SSCursor
from pymysql.err import MySQLError, OperationalError, raise_mysql_exception
from pymysql.protocol import FieldDescriptorPacket

from connectors.ahead import ahead
from connectors.mysql_cells import SPARE, Layout, as_binary, as_text
from connectors.slices import Places

END, ERROR = 0xFE, 0xFF  # first byte of a packet that is no row
HEADER = 4
FULL = 0xFFFFFF  # the size of a packet that goes on in the next
BATCH_BYTES = 32 << 20
CACHED_ROWS = 16_384  # in greater batches the columns no longer lie in the processor's cache
READ_BYTES = 1 << 20
UNPREPARED = {ER.UNKNOWN_COM_ERROR, 1295, 1461}  # not supported; too many of them
_word = Struct("<I").unpack_from
_PREPARED = Struct("<xIHH").unpack_from  # its number, how many columns and parameters it has
_EXECUTE = Struct("<IBI").pack


def stream(
    connection: Connection[Any], statement: str, batch_rows: int
) -> Iterator[pa.RecordBatch]:
    """Run a SELECT in one consistent snapshot and yield its rows as columns c0, c1, ... of text,
    whole numbers and doubles.

    Yields at least one batch. Memory: three batches (each at most 32 MiB and a row) and the columns
    of one.
    """
    with connection.cursor() as session:
        session.execute("SET time_zone = '+08:00'")
        session.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        session.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    layout = _executed(connection, statement) or _queried(connection, statement)
    wire = _Wire(connection, min(batch_rows, CACHED_ROWS))
    try:
        for data, starts in ahead(wire.batches()):
            yield layout.columns(data, starts)
    finally:
        if not wire.ended:
            connection._force_close()  # the rest of the result is still on its way


def _executed(connection: Any, statement: str) -> Layout | None:
    """Run it prepared; None, and nothing is run, where that cannot be or changes a spelling."""
    try:
        connection._execute_command(COMMAND.COM_STMT_PREPARE, statement)
        number, width, _ = _PREPARED(connection._read_packet().get_all_data())
    except MySQLError as error:
        if error.args[0] in UNPREPARED:
            return None
        raise
    if as_binary(_fields(connection, width)) is None:
        return None
    connection._execute_command(COMMAND.COM_STMT_EXECUTE, _EXECUTE(number, 0, 1))
    width = connection._read_packet().read_length_encoded_integer()
    layout = as_binary(_fields(connection, width))
    if layout is None:
        raise OperationalError(CR.CR_UNKNOWN_ERROR, "the columns changed their types meanwhile")
    return layout


def _fields(connection: Any, width: int) -> list[FieldDescriptorPacket]:
    found = [connection._read_packet(FieldDescriptorPacket) for _ in range(width)]
    connection._read_packet()  # the end of the columns
    return found


def _queried(connection: Connection[Any], statement: str) -> Layout:
    """Run it in the text protocol."""
    cursor: Any = SSCursor(connection)
    cursor.execute(statement)
    layout = as_text(len(cursor.description))
    # PyMySQL would read an unbuffered result to its end when the cursor goes.
    cursor._result.unbuffered_active, cursor._result.connection = False, None
    cursor._result = None
    return layout


@dataclass
class _Wire:
    """The packets of a result. `held` begins with a packet; `starts` are where its rows begin."""

    connection: Any
    batch_rows: int
    held: bytearray = field(default_factory=bytearray)
    ended: bool = False

    def batches(self) -> Iterator[tuple[bytes, Places]]:
        """Bytes of whole packets, and where in them each row begins; at least one batch."""
        first = True
        while not self.ended:
            starts, end = self._scan()
            if starts or first or not self.ended:
                with memoryview(self.held) as held:
                    data = b"".join((held[:end], SPARE))
                yield data, np.fromiter(starts, np.int64, len(starts)) + HEADER
            del self.held[:end]
            first = False

    def _scan(self) -> tuple[list[int], int]:
        """Find the packets of a batch of rows, or of what is left; also where the last ends."""
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
        held, last = self.held, len(self.held) - HEADER - 1
        found: list[int] = []
        for _ in repeat(
            None, self.batch_rows - len(starts)
        ):  # the one loop over rows: keep it bare
            if at > last:
                break
            found.append(at)
            at += HEADER + (_word(held, at)[0] & FULL)
        if at > len(held):
            at = found.pop()
        plain = self._plain(np.fromiter(found, np.int64, len(found)), at)
        starts += found[:plain]
        return found[plain] if plain < len(found) else at

    def _plain(self, found: Places, end: int) -> int:
        """How many of these packets, the last of which ends at `end`, come before an odd one."""
        lead = np.frombuffer(self.held, np.uint8)[found + HEADER]
        is_odd = lead >= END
        is_odd |= np.diff(found, append=end) == HEADER + FULL
        return int(is_odd.argmax()) if is_odd.any() else len(found)

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
        starts.append(at)
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
