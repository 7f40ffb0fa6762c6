"""REST rows as the HTTP server reads them: their JSON in one mapped file, with where each begins.

    STATE/pages/<stem>.json .offsets.npy .order.npy (sandbox.transports.encode) ──► Pages ──► HTTP

A page is a slice of the mapped file: no row is touched again, and rows cost the server no memory.
Order: cursor column, then key. Needs no secrets.
Alone: ``Pages.open(Path("STATE/pages"), stem).slice(0, 10)``.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt


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

    def slice(self, start: int, stop: int, before: bytes = b"", after: bytes = b"") -> bytes:
        """The rows from ``start`` up to ``stop`` as a JSON list, in what stands around it: put
        together at once, since a page may have megabytes.
        """
        start, stop = max(0, start), min(stop, len(self))
        if start >= stop:
            return b"%b[]%b" % (before, after)
        rows = memoryview(self.body)[self.offsets[start] : self.offsets[stop] - 1]
        return b"".join((before, b"[", rows, b"]", after))
