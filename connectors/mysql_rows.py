"""Rows of MySQL and MariaDB from the wire to Arrow, a batch at a time.

    SELECT -> prepared statement -> socket -> connectors.mysql_packets -> connectors.mysql_cells
           └ values would lose their spelling, or no statements are prepared -> text protocol

A server takes as long to write a DOUBLE as text as to read three columns; PyMySQL would spend
microseconds on each cell. Secrets needed: none (an open connection is given).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct
from typing import Any

import numpy as np
import pyarrow as pa
from pymysql.connections import Connection
from pymysql.constants import COMMAND, CR, ER
from pymysql.cursors import SSCursor
from pymysql.err import MySQLError, OperationalError, raise_mysql_exception
from pymysql.protocol import FieldDescriptorPacket

from connectors.mysql_cells import Layout, as_binary, as_text
from connectors.mysql_packets import FULL, HEADER, SPARE, packets, size, sizes
from connectors.slices import Bytes, Places

END, ERROR = 0xFE, 0xFF  # first byte of a packet that is no row
ROOM = 2 << 20  # bytes for a batch of rows; in more the columns leave the processor's cache
CACHED_ROWS = 32_768
READ_AHEAD = 1 << 17  # more than PyMySQL's buffer has room for
LAST = 4096  # bytes in which an error lies whole: its message has 512 at most
UNPREPARED = {ER.UNKNOWN_COM_ERROR, 1295, 1461}  # not supported; too many of them
_PREPARED = Struct("<xIHH").unpack_from  # its number, how many columns and parameters it has
_EXECUTE = Struct("<IBI").pack


def stream(
    connection: Connection[Any], statement: str, batch_rows: int
) -> Iterator[pa.RecordBatch]:
    """Run a SELECT in one consistent snapshot and yield its rows as columns c0, c1, ... of text,
    whole numbers and doubles.

    Yields at least one batch. Memory: two pieces of the stream (each of ROOM, or twice its longest
    row) and the columns of a batch. Nothing is read ahead here: the system itself holds more of the
    stream while a piece is converted, and one that passes between threads costs a third more.
    """
    with connection.cursor() as session:
        session.execute("SET time_zone = '+08:00'")
        session.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        session.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    layout = _executed(connection, statement) or _queried(connection, statement)
    wire = _Wire(connection, min(batch_rows, CACHED_ROWS))
    try:
        for data, starts in wire.batches():
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
    """The packets of a result. held[:end] has come; it begins with a packet."""

    connection: Any
    batch_rows: int
    held: Bytes = field(default_factory=lambda: np.empty(0, np.uint8))
    end: int = 0
    ended: bool = False

    def batches(self) -> Iterator[tuple[Bytes, Places]]:
        """Bytes of whole packets, and where in them each row begins; at least one batch."""
        first = True
        self._take_over()
        while not self.ended:
            self._fill()
            starts, at = self._rows()
            for i in range(0, len(starts) or int(first and self.ended), self.batch_rows):
                yield self.held[: at + SPARE], starts[i : i + self.batch_rows] + HEADER
                first = False
            self._carry(at)

    def _take_over(self) -> None:
        """What PyMySQL has received beyond the packets that it read; if that is nothing, the next
        bytes.
        """
        data = self.connection._rfile.read1(READ_AHEAD)
        self.held = np.empty(max(ROOM, 2 * len(data)), np.uint8)
        self.end = len(data)
        self.held[: self.end] = np.frombuffer(data, np.uint8)

    def _fill(self) -> None:
        """Receive as much as there is room for, or all that is still to come."""
        while self.end < len(self.held) - SPARE and not self._may_be_over():
            self._receive()

    def _may_be_over(self) -> bool:
        """Whether what came ends with a packet that is no row: then nothing may follow."""
        begin = max(0, self.end - LAST)
        marks = np.flatnonzero(self.held[begin + HEADER : self.end] >= END) + begin
        return bool((marks + HEADER + sizes(self.held, marks) == self.end).any())

    def _carry(self, at: int) -> None:
        """Go on in new memory, as the old is still being read, with what follows a place."""
        rest = self.held[at : self.end]
        self.held = np.empty(max(ROOM, 2 * len(rest)), np.uint8)
        self.end = len(rest)
        self.held[: self.end] = rest

    def _rows(self) -> tuple[Places, int]:
        """Where the rows begin that have come whole, and where they end."""
        found, end = list[Places](), 0
        while not self.ended:
            places, end = packets(self.held, end, self.end)
            plain = self._plain(places, end)
            found.append(places[:plain])
            if plain == len(places):
                break
            end = self._odd(found, int(places[plain]))
        return np.concatenate(found), end

    def _plain(self, places: Places, end: int) -> int:
        """How many of these packets, the last of which ends at `end`, come before an odd one: the
        end, an error, or a part of a row.
        """
        is_odd = self.held[places + HEADER] >= END
        is_odd |= np.diff(places, append=end) == HEADER + FULL
        return int(is_odd.argmax()) if is_odd.any() else len(places)

    def _odd(self, found: list[Places], at: int) -> int:
        """Take one such packet; returns where it ends."""
        end = at + HEADER + size(self.held, at)
        kind = self.held[at + HEADER]
        if kind == ERROR:
            self.ended = True
            raise_mysql_exception(self.held[at + HEADER : end].tobytes())
        if kind == END and end - at < HEADER + 9:
            self.ended = True
            return end
        found.append(np.array([at]))
        return self._joined(end) if end - at == HEADER + FULL else end

    def _joined(self, end: int) -> int:
        """Make one packet of a row's packets, the first of which ends there; returns where it does
        then.
        """
        length = FULL
        while length == FULL:
            self._receive_to(end + HEADER)
            length = size(self.held, end)
            self._receive_to(end + HEADER + length)
            self.held[end : self.end - HEADER] = self.held[end + HEADER : self.end]
            self.end -= HEADER
            end += length
        return end

    def _receive_to(self, end: int) -> None:
        if end + SPARE > len(self.held):
            self.held = np.concatenate((self.held, np.empty(end, np.uint8)))
        while self.end < end:
            self._receive()

    def _receive(self) -> None:
        room = self.held.data[self.end : len(self.held) - SPARE]
        count = self.connection._rfile.raw.readinto(room)
        if not count:
            raise OperationalError(CR.CR_SERVER_LOST, "Lost connection to MySQL server")
        self.end += count
