"""Named random streams: the same seed and the same name give the same numbers, whatever else is
drawn.

    seed ──(name)──> numpy Generator

Needs no secret. Alone: python -c "from sandbox.streams import stream; print(stream(7,
'x').integers(9))"
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def stream(seed: int, name: str) -> np.random.Generator:
    """A generator that depends on the seed and the name alone."""
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence([seed, crc32(name.encode())]))
    )


def pick(
    rng: np.random.Generator, weights: Sequence[float] | npt.NDArray[np.float64], n: int
) -> Ints:
    """`n` indices drawn by weight (weights need not add up to one)."""
    bounds = np.cumsum(np.asarray(weights, dtype=float))
    drawn = np.searchsorted(bounds, rng.random(n) * bounds[-1], side="right")
    return np.asarray(np.minimum(drawn, len(bounds) - 1), dtype=np.int64)


def chance(rng: np.random.Generator, p: float | npt.NDArray[np.float64], n: int) -> Mask:
    """`n` coin throws that come up true with probability `p`."""
    return np.asarray(rng.random(n) < p, dtype=bool)


def some(rng: np.random.Generator, rows: Ints, share: float) -> Ints:
    """A random, ordered subset of `rows`: each is kept with probability `share`."""
    return rows[rng.random(len(rows)) < share]


def sample(rng: np.random.Generator, rows: Ints, n: int) -> Ints:
    """`n` distinct members of `rows` (all of them if there are fewer), in random order."""
    if n >= len(rows):
        return np.asarray(rng.permutation(rows), dtype=np.int64)
    return np.asarray(rng.choice(rows, size=n, replace=False), dtype=np.int64)
