"""Many cells of one buffer as an Arrow array, without copying the buffer or touching a cell.

    bytes, where cells begin and end (numpy) -> binary array: cell, what lies between, cell, ...

Arrow's `take` of every second element then makes real columns of them. Needs no secrets. Alone:
``cells_of(b"a,bc", np.array([0, 2]), np.array([1, 4])).take(pa.array([0, 2]))``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Places = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Marks = NDArray[np.bool_]


def cells_of(data: bytes | Bytes, begins: Places, ends: Places) -> pa.Array:
    """Elements 0, 2, 4, ... are data[begins:ends]; in ascending order, of less than 2 GiB."""
    offsets = np.empty(2 * len(begins) + 1, np.int32)
    offsets[:-1:2], offsets[1::2], offsets[-1] = begins, ends, len(data)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.binary(), len(offsets) - 1, buffers)


def windows(data: bytes | Bytes, kind: str) -> NDArray[Any]:
    """What stands at each place of the data, read as this numpy type."""
    size = np.dtype(kind).itemsize
    return np.ndarray(len(data) - size + 1, kind, data, strides=(1,))


def of_one_size(values: NDArray[Any], kind: pa.DataType, absent: Marks | None = None) -> pa.Array:
    """Items of a numpy array as Arrow's binary or text, which takes their bytes over unread."""
    offsets = np.arange(0, values.nbytes + 1, values.itemsize, dtype=np.int32)
    valid = None if absent is None else pa.py_buffer(np.packbits(~absent, bitorder="little"))
    buffers = [valid, pa.py_buffer(offsets), pa.py_buffer(values)]
    return pa.Array.from_buffers(kind, len(values), buffers)


def bytes_of(texts: pa.Array) -> Bytes:
    """The bytes of a text or binary column, one value after the other; also of what is null."""
    offsets, data = texts.buffers()[1:]
    if data is None or len(texts) == 0:
        return np.empty(0, np.uint8)
    bounds = np.frombuffer(offsets, np.int32)
    first, last = bounds[texts.offset], bounds[texts.offset + len(texts)]
    return np.frombuffer(data, np.uint8)[first:last]


def is_ascii(texts: pa.Array) -> bool:
    """Whether all of them are; costs a fraction of what finding each of them valid does."""
    return bool(bytes_of(texts).max(initial=0) < 0x80)
