"""REST rows, encoded once: their JSON in one file, with where each row begins and its place.

    Delivery ── encode ──► STATE/pages/<stem>.json .offsets.npy .order.npy ──► Pages ──► HTTP

A page is a slice of the mapped file: no row is touched again, and rows cost the server no memory.
Order: cursor column, then key. Needs no secrets.
Alone: ``Pages.open(Path("STATE/pages"), stem).slice(0, 10)``.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sandbox import duck
from sandbox.delivery import Delivery
from sandbox.transports.columns import quoted
from schemas import Feed

SEPARATOR = (
    "\x01"  # between cursor and key in the order column: sorts before every printable character
)


def encode(delivery: Delivery, feed: Feed, day: date, folder: Path, stem: str) -> None:
    """Write a feed's rows as of ``day``, where ``Pages.open`` finds them by ``stem``."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    table = _encoded(delivery.current(feed, day), feed)
    rows, order = table["row"].combine_chunks(), table["place"].to_numpy()
    sizes, body = _text(rows)
    np.save(folder / f"{stem}.offsets.npy", sizes)
    np.save(folder / f"{stem}.order.npy", order.astype("S") if len(order) else np.empty(0, "S1"))
    (folder / f"{stem}.json").write_bytes(body)


def _encoded(table: pa.Table, feed: Feed) -> pa.Table:
    """Columns ``row`` (JSON and a comma) and ``place`` (cursor and key), in order."""
    times = [column.name for column in table.schema if pa.types.is_timestamp(column.type)]
    iso = ", ".join(
        f"strftime({quoted(name)}, '%Y-%m-%dT%H:%M:%S') as {quoted(name)}" for name in times
    )
    names = [name for name in (feed.cursor, *feed.key) if name in table.column_names]
    place = f" || '{SEPARATOR}' || ".join(
        f"coalesce({quoted(str(name))}::varchar, '')" for name in names
    )
    with duck.connection() as con:
        con.register("given", table)
        return con.sql(f"""
            select to_json(given)::varchar || ',' as row, ({place})::blob as place
            from (select * {f"replace ({iso})" if iso else ""} from given) as given
            order by place
        """).to_arrow_table()


def _text(rows: pa.Array) -> tuple[npt.NDArray[np.int64], memoryview]:
    """Where each row begins (and the last one ends), and the bytes of all rows."""
    rows = rows.cast(pa.large_string())
    if not len(rows):
        return np.zeros(1, np.int64), memoryview(b" ")  # an empty file cannot be mapped
    _, offsets, data = rows.buffers()
    starts = np.frombuffer(offsets, np.int64, len(rows) + 1, offset=rows.offset * 8)
    return starts - starts[0], memoryview(data)[starts[0] : starts[-1]]


@dataclass(frozen=True)
class Pages:
    """A feed's encoded rows, in order."""

    body: mmap.mmap
    offsets: npt.NDArray[np.int64]
    order: npt.NDArray[np.bytes_]

    @classmethod
    def open(cls, folder: Path, stem: str) -> Pages:
        """Map the files; they may be removed while mapped."""
        with (folder / f"{stem}.json").open("rb") as file:
            body = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        offsets = np.load(folder / f"{stem}.offsets.npy", mmap_mode="r")
        return cls(body, offsets, np.load(folder / f"{stem}.order.npy", mmap_mode="r"))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def first_since(self, cursor: str) -> int:
        """The first row whose cursor is ``cursor`` or later."""
        return int(np.searchsorted(self.order, cursor.encode()))

    def first_after(self, place: str) -> int:
        """The first row after ``place``, a row's cursor and key as ``place_of`` gives them."""
        return int(np.searchsorted(self.order, place.encode(), side="right"))

    def place_of(self, row: int) -> str:
        """Cursor and key of a row: where a reader stands after it."""
        return bytes(self.order[row]).decode()

    def slice(self, start: int, stop: int) -> bytes:
        """The rows from ``start`` up to ``stop`` as a JSON list."""
        start, stop = max(0, start), min(stop, len(self))
        if start >= stop:
            return b"[]"
        return b"[" + self.body[self.offsets[start] : self.offsets[stop] - 1] + b"]"
