"""Which keys of a pull came already: eight bytes a key, where a set of numbers takes sixty.

    keys of a page -> hashes -> pieces in numpy -> one sorted piece, when it is asked

So ten million rows of an endpoint take 80 MB, and twice that for the moment of sorting. Needs no
secrets. Alone: ``seen = Seen(); seen.add(["a", "b"]); len(seen)``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

NONE = np.empty(0, np.int64)
FEW = 10_000  # keys that are looked through as they are


@dataclass
class Seen:
    """The keys, by their hashes of 64 bits. ``whole`` is sorted, ``pieces`` are not."""

    whole: NDArray[np.int64] = field(default_factory=lambda: NONE)
    pieces: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, keys: Iterable[Hashable]) -> None:
        """Take note of these keys."""
        self.pieces.append(_hashes(keys))

    def __len__(self) -> int:
        """How many different keys came."""
        self._sort()
        return len(self.whole)

    def has(self, keys: Sequence[Hashable]) -> list[bool]:
        """Of each of these keys whether it came. Cheap while few were added since the last sort."""
        if sum(map(len, self.pieces)) > max(FEW, len(self.whole) // 16):
            self._sort()
        wanted = _hashes(keys)
        found = np.isin(wanted, np.concatenate((NONE, *self.pieces)))
        if len(self.whole):
            at = np.searchsorted(self.whole, wanted).clip(max=len(self.whole) - 1)
            found |= self.whole[at] == wanted
        told: list[bool] = found.tolist()
        return told

    def _sort(self) -> None:
        """Sorted in place: np.unique would keep two copies more."""
        if not self.pieces:
            return
        every = np.concatenate((self.whole, *self.pieces))
        self.whole, self.pieces = NONE, []
        every.sort()
        is_first = np.ones(len(every), np.bool_)
        np.not_equal(every[1:], every[:-1], out=is_first[1:])
        self.whole = every if is_first.all() else every[is_first]


def _hashes(keys: Iterable[Hashable]) -> NDArray[np.int64]:
    return np.fromiter(map(hash, keys), np.int64)
