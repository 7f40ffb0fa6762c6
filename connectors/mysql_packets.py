"""Where the packets of MySQL begin in a piece of its stream, hundreds of them found at a time.

    bytes -> places all over them that look like a packet's begin -> a walk from each, all at once
          -> a walk that meets the next one's begin proves it: the first begins where it must

A packet is three bytes of size, one that counts up, and so many bytes; where the next one begins,
only its size tells. What looked like a begin and was none costs time, never a row: from there on
they are walked one by one. Needs no secrets. Alone: ``packets(np.frombuffer(...), 0, end)``.
"""

from __future__ import annotations

from struct import Struct

import numpy as np

from connectors.slices import Bytes, Places, windows

HEADER = 4
FULL = 0xFFFFFF  # the size of a packet that goes on in the next
SPARE = 16  # bytes that must be there behind the last one
SAMPLE, LANE = 16, 40  # packets that tell how long they are; that one walk goes over
FEW = 32  # walks that are not worth the trouble
LINKS = 3  # packets in a row that must count up where one is said to begin
_word = Struct("<I").unpack_from


def packets(data: Bytes, at: int, end: int) -> tuple[Places, int]:
    """Where the packets begin that lie whole in data[at:end], and where the last of them ends."""
    found, at = _one_by_one(data, at, end, SAMPLE)
    begins = _begins(data, at, end, np.diff(found, append=at))
    if len(begins) >= FEW:
        many, at = _side_by_side(data, begins, end)
        found = np.concatenate((found, many))
    rest, at = _one_by_one(data, at, end)
    return np.concatenate((found, rest)), at


def sizes(data: Bytes, places: Places) -> Places:
    """The sizes of the packets that begin there."""
    found: Places = windows(data, "<i8")[places]
    found &= FULL
    return found


def size(data: Bytes, place: int) -> int:
    """The size of the packet that begins there."""
    return int(_word(data.data, place)[0]) & FULL


def _one_by_one(data: Bytes, at: int, end: int, most: int | None = None) -> tuple[Places, int]:
    found, bytes_of, last = list[int](), data.data, end - HEADER
    while at <= last and len(found) != most:  # a loop over packets: keep it bare
        found.append(at)
        at += HEADER + (_word(bytes_of, at)[0] & FULL)
    if at > end:
        at = found.pop()
    return np.array(found, np.int64), at


def _begins(data: Bytes, at: int, end: int, lengths: Places) -> Places:
    """`at`, and places all over the data where most likely a packet begins; lengths: of some."""
    width = 2 * int(lengths.max(initial=1))
    stride = max(LANE * int(lengths.sum()) // SAMPLE, width)
    walks = (end - at - LINKS * width) // stride - 1
    if walks < FEW:
        return np.empty(0, np.int64)
    second, third = (
        np.ndarray((walks, width), np.uint8, data, at + stride + i, (stride, 1)) for i in (1, 2)
    )
    is_small = (second <= min(width >> 8, 0xFF)) & (third <= width >> 16)
    walk, offset = np.divmod(np.flatnonzero(is_small), width)
    places = at + stride * (walk + 1) + offset
    looks = _counting_up(data, places, end)
    walk, places = walk[looks], places[looks]
    return np.concatenate(([at], places[np.diff(walk, prepend=-1) > 0]))


def _counting_up(data: Bytes, places: Places, end: int) -> Places:
    """Which of the places are followed by packets that count up."""
    which = np.arange(len(places))
    for _ in range(LINKS):
        after = np.minimum(places + HEADER + sizes(data, places), end)
        looks = (after < end) & (data[after + 3] == data[places + 3] + np.uint8(1))
        which, places = which[looks], after[looks]
    return which


def _side_by_side(data: Bytes, begins: Places, end: int) -> tuple[Places, int]:
    """The packets from the first begin on, as far as the walk before meets each begin."""
    stops, walked, here = np.append(begins[1:], end), [begins], begins
    words = windows(data, "<i8")
    while (here < stops).any() and len(walked) < 3 * LANE:
        for _ in range(8):  # walks that are over go on beyond their stops, which does no harm
            here = (words[here] & FULL) + here
            here += HEADER
            walked.append(np.minimum(here, end, out=here))
    places = np.stack(walked, 1)
    own = places < stops[:, None]
    landed = places[np.arange(len(begins)), np.minimum(own.sum(1), len(walked) - 1)]
    met = landed == stops
    right = len(met) if met.all() else int(met.argmin()) + 1
    return _whole(data, places[:right][own[:right]], end)


def _whole(data: Bytes, found: Places, end: int) -> tuple[Places, int]:
    """The packets without the last one if that has not come whole; where the last one ends."""
    last = int(found[-1])
    if last + HEADER <= end and last + HEADER + size(data, last) <= end:
        return found, last + HEADER + size(data, last)
    return found[:-1], last
