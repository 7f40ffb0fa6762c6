"""Dates and times of MySQL's binary protocol as its server writes them, by column.

    size, year, month, day, hour, minute, second, microsecond -> tables of digits -> Arrow text

A server takes as long to write a time as to read two columns from its table. What is zero at the
end is not sent: the size is 0, 4, 7 or 11. Days that no calendar has, like 2026-02-00, stay as they
are. Needs no secrets.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from connectors.slices import Bytes, Marks, Places, of_one_size, windows

# A value: its size, and as numbers of two bytes what one look into a table spells.
SENT = np.dtype(
    {
        "names": ["size", "year", "month_day", "hour", "minute_second", "micro"],
        "formats": ["u1", "<u2", "<u2", "u1", "<u2", "<u4"],
    }
)
TO_DAY, TO_SECOND = 4, 7
DAY = np.dtype([("year", "V5"), ("month_day", "V5")])
MOMENT = np.dtype([*DAY.descr, ("hour", "V4"), ("minute_second", "V5")])


def spelled(data: Bytes, at: Places, absent: Marks | None, is_day: bool) -> tuple[pa.Array, Places]:
    """The texts of a column whose values begin at `at`, and where they end.

    A fraction has six digits or is not there. An absent value is null and has not even a size.
    """
    sent = windows(data, f"V{SENT.itemsize}")[at].view(SENT)
    size = sent["size"] if absent is None else np.where(absent, np.uint8(0), sent["size"])
    has_fractions = not is_day and (size > TO_SECOND).any()
    if has_fractions or (size < (TO_DAY if is_day else TO_SECOND)).any():
        _cut(sent, size)
    texts = _texts(sent, DAY if is_day else MOMENT, absent)
    if has_fractions:
        texts = _with_fractions(texts, sent["micro"])
    ends = at + 1 + size
    return texts, ends if absent is None else ends - absent


def _cut(sent: NDArray[Any], size: NDArray[np.uint8]) -> None:
    """Put zero for what was not sent."""
    values = sent.view(np.uint8).reshape(len(sent), SENT.itemsize)[:, 1:]
    values *= np.arange(values.shape[1]) < size[:, None]


def _texts(sent: NDArray[Any], parts: np.dtype[Any], absent: Marks | None) -> pa.Array:
    texts = np.empty(len(sent), parts)
    for part in parts.names or ():
        texts[part] = _tables()[part].take(sent[part], mode="clip")
    return of_one_size(texts, pa.string(), absent)


def _with_fractions(texts: pa.Array, micro: NDArray[np.uint32]) -> pa.Array:
    digits = pc.utf8_lpad(pa.array(micro).cast(pa.string()), 6, "0")
    return pc.if_else(pa.array(micro != 0), pc.binary_join_element_wise(texts, digits, "."), texts)


@cache
def _tables() -> dict[str, NDArray[Any]]:
    """The text of every number that a part can be."""
    return {
        "year": np.array([b"%04d-" % year for year in range(10_000)]).view("V5"),
        "month_day": _pairs(b"-"),
        "hour": np.array([b" %02d:" % hour for hour in range(100)]).view("V4"),
        "minute_second": _pairs(b":"),
    }


def _pairs(between: bytes) -> NDArray[Any]:
    """The text of two numbers, by the first one's byte and 256 times the second's."""
    digits = np.array([b"%02d" % min(i, 99) for i in range(256)]).view(np.uint8).reshape(256, 2)
    texts = np.empty((256, 256, 5), np.uint8)
    texts[..., :2], texts[..., 2], texts[..., 3:] = digits, ord(between), digits[:, None]
    return texts.view("V5").reshape(-1)
