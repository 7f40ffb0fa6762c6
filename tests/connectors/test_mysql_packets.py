"""Packets found many at a time are those that are found one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import mysql_packets
from connectors.mysql_packets import SPARE, packets
from connectors.slices import Bytes

SIZES = st.integers(0, 90) | st.sampled_from([250, 251, 255, 256, 300, 5000, 65_535, 65_536])
# What may stand in a row: zeros and bytes that count up look like packets.
FILLINGS = st.sampled_from(["random", "zeros", "counting", "packets"])


def stream(sizes: list[int], filling: str, seed: int) -> tuple[Bytes, list[int]]:
    """Packets of these sizes, and where each begins and the last one ends."""
    random, made, starts = np.random.default_rng(seed), bytearray(), [0]
    for i, size in enumerate(sizes):
        made += size.to_bytes(3, "little") + bytes([(seed + i) % 256])
        made += inside(filling, size, i, random)
        starts.append(len(made))
    return np.frombuffer(bytes(made) + bytes(SPARE), np.uint8), starts


def inside(filling: str, size: int, i: int, random: np.random.Generator) -> bytes:
    if filling == "packets":
        small = b"".join(b"\x04\0\0" + bytes([(i + j) % 256]) + b"\0\0\0\0" for j in range(40))
        return (small * (size // len(small) + 1))[:size]
    parts = {"zeros": bytes(size), "counting": bytes([i % 256]) * size}
    return parts.get(filling) or random.bytes(size)


@settings(deadline=None, max_examples=200)
@given(st.lists(SIZES, max_size=3), st.integers(1, 2000), FILLINGS, st.data())
def test_wherever_the_data_are_cut_all_whole_packets_are_found(
    sizes: list[int], times: int, filling: str, data: st.DataObject
) -> None:
    seed = data.draw(st.integers(0, 255))
    spread = data.draw(st.lists(st.integers(0, 60), min_size=7, max_size=7))
    lengths = [30 + spread[i % 7] for i in range(times)]
    for size in sizes:
        lengths.insert(data.draw(st.integers(0, len(lengths))), size)
    made, starts = stream(lengths, filling, seed)
    first = data.draw(st.integers(0, min(3, len(starts) - 1)))
    cut = data.draw(st.just(starts[-1]) | st.integers(starts[first], starts[-1]))
    found, end = packets(made, starts[first], cut)
    whole = [start for start in starts[first:] if start <= cut]
    assert found.tolist() == whole[:-1]
    assert end == whole[-1]


def test_rows_like_a_register_s_are_all_walked_side_by_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, starts = stream([150 + i % 13 for i in range(20_000)], "random", 3)
    one_by_one, walked = mysql_packets._one_by_one, list[int]()

    def counted(data: Bytes, at: int, end: int, most: int | None = None) -> object:
        found = one_by_one(data, at, end, most)
        walked.append(len(found[0]))
        return found

    monkeypatch.setattr(mysql_packets, "_one_by_one", counted)
    assert packets(made, 0, starts[-1])[0].tolist() == starts[:-1]
    assert sum(walked) <= 2 * mysql_packets.SAMPLE
