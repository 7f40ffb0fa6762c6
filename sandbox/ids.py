"""Numbers of persons and organisations: citizen ids (GB 11643), credit codes (GB 32100), phones,
other papers.

    area, birth day, sequence, sex ──> 18 ASCII bytes with a right check character

Needs no secret. Alone: python -c "from sandbox.ids import check_letter"
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from sandbox.streams import Ints
from sandbox.text import digits

Letters = npt.NDArray[np.uint8]

_WEIGHTS: Final = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
_CHECKS: Final = np.frombuffer(b"10X98765432", dtype=np.uint8)
_USCC: Final = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRTUWXY", dtype=np.uint8)
_USCC_WEIGHTS: Final = np.array([pow(3, i, 31) for i in range(17)], dtype=np.int64)


def check_letter(first17: Letters) -> Letters:
    """The check characters of rows of 17 ASCII digits (n × 17)."""
    total = (first17[:, :17].astype(np.int64) - 48) @ _WEIGHTS
    return np.asarray(_CHECKS[total % 11])


def rank_within(*keys: Ints) -> Ints:
    """The running number (from 0) of each row among the rows that have the same keys."""
    order = np.lexsort(keys[::-1])
    changed = np.zeros(len(order), dtype=bool)
    for key in keys:
        sorted_key = key[order]
        changed[1:] |= sorted_key[1:] != sorted_key[:-1]
    starts = (
        np.flatnonzero(np.concatenate(([True], changed[1:])))
        if len(order)
        else np.zeros(0, dtype=int)
    )
    group = np.cumsum(changed)
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order)) - starts[group] if len(order) else 0
    return ranks


def citizen_ids(area: Ints, birth: Ints, sex: Ints) -> Letters:
    """Distinct citizen ids (n × 18 bytes); sex 1 gets an odd sequence code, 2 an even one."""
    female = (sex == 2).astype(np.int64)
    rank = rank_within(area, birth, female)
    if len(rank) and rank.max() > 498:
        # a day with more births than sequence codes: the overflow was registered in the
        # neighbouring county
        area = np.where(rank > 498, area + 1 + rank // 499, area)
        rank = rank % 499
    dates = birth.astype("datetime64[D]")
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    months = dates.astype("datetime64[M]").astype(np.int64) % 12 + 1
    days = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    # a step coprime with 499 spreads the sequence codes of a day over the whole range
    rank = (rank * 37 + birth * 17) % 499
    sequence = rank * 2 + np.where(female == 1, 2, 1)
    body = np.hstack(
        [digits(area, 6), digits(years * 10000 + months * 100 + days, 8), digits(sequence, 3)]
    )
    return np.hstack([body, check_letter(body)[:, None]])


def credit_codes(division: Ints, serial: Ints, rng: np.random.Generator) -> Letters:
    """Unified social credit codes of sole traders (92) and companies (91), n × 18 bytes."""
    n = len(serial)
    kind = np.where(rng.random(n) < 0.85, 92, 91)
    body = np.hstack([digits(kind, 2), digits(division, 6), _organisation(serial)])
    values = np.searchsorted(_USCC, body)
    check = (31 - (values @ _USCC_WEIGHTS) % 31) % 31
    return np.hstack([body, _USCC[check][:, None]])


def _organisation(serial: Ints) -> Letters:
    """The nine characters of an organisation code (GB 11714) that begins MA."""
    letters = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", dtype=np.uint8)
    body = np.hstack(
        [np.tile(np.frombuffer(b"MA", dtype=np.uint8), (len(serial), 1)), digits(serial, 6)]
    )
    weights = np.array([3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
    check = (11 - (np.searchsorted(letters, body) @ weights) % 11) % 11
    return np.hstack([body, np.where(check == 10, ord("X"), check + 48).astype(np.uint8)[:, None]])


def mobile_numbers(rng: np.random.Generator, n: int) -> Ints:
    """Mobile phone numbers, the prefixes of the three carriers by their share."""
    prefixes = np.array(
        [
            *(*range(130, 140), 147, *range(150, 154), *range(155, 160)),
            *(166, 173, 176, 177, 178, *range(180, 190), 191, 198, 199),
        ]
    )
    weights = np.where(
        np.isin(prefixes, (135, 136, 137, 138, 139, 150, 151, 152, 157, 158, 159, 187, 188)),
        3.0,
        1.0,
    )
    chosen = rng.choice(prefixes, size=n, p=weights / weights.sum())
    return np.asarray(chosen, dtype=np.int64) * 10**8 + rng.integers(0, 10**8, n)
