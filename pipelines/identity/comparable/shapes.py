"""What a written name looks like: the four-corner codes and the strokes of its characters.

    names + shapes.tsv (character, four-corner code, strokes) -> corners, strokes of each name

Clerks and scanners take 华 for 毕 and 样 for 祥: codes that differ in one corner, or strokes of
which few differ. The code is Wang Yunwu's (1926) with its fifth digit; strokes are written 1 to 5
in the order of GB 13000.1 (across, down, left, dot, bent). Both as published in open dictionaries
(char-similar, MIT). No secrets.
"""

from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

SCHEMA = pa.schema([("name", pa.string()), ("corners", pa.string()), ("strokes", pa.string())])
_CODE_POINTS = 0x40000
_LONGEST = 24
Ints = npt.NDArray[np.int32]


def comparable_shapes(names: pa.Array) -> pa.Table:
    """Distinct names -> one row each, of ``SCHEMA``.

    ``corners`` has five digits a character, ``strokes`` one word a character, with blanks between.
    A character that no dictionary has stands for itself in ``corners`` and has no strokes: it
    looks like itself only.

    >>> comparable_shapes(pa.array(["王芳"])).to_pylist()
    [{'name': '王芳', 'corners': '1010444227', 'strokes': '1121 1224153'}]
    """
    cut = pc.fill_null(pc.utf8_slice_codeunits(names.cast(pa.string()), 0, _LONGEST), "")
    length = pc.utf8_length(cut).to_numpy(zero_copy_only=False).astype(np.int32)
    points = np.frombuffer("".join(cut.to_pylist()).encode("utf-32-le"), dtype=np.uint32).astype(
        np.int64
    )
    corners, strokes, index = _dictionary()
    row = index[np.minimum(points, _CODE_POINTS - 1)]
    itself = pa.array([chr(point) * 5 for point in np.unique(points[row == 0])], pa.string())
    place = np.searchsorted(np.unique(points[row == 0]), points)
    code = pc.if_else(
        pa.array(row > 0),
        corners.take(pa.array(row)),
        itself.take(pa.array(np.minimum(place, max(len(itself) - 1, 0)))) if len(itself) else "",
    )
    offsets = pa.array(np.concatenate([[0], np.cumsum(length)]).astype(np.int32))
    each = pa.ListArray.from_arrays(offsets, code)
    drawn = pa.ListArray.from_arrays(offsets, strokes.take(pa.array(row)))
    return pa.table([names, pc.binary_join(each, ""), pc.binary_join(drawn, " ")], schema=SCHEMA)


@cache
def _dictionary() -> tuple[pa.Array, pa.Array, Ints]:
    """Codes and strokes by position, 0 for unknown, and the position of each code point."""
    text = files(__package__).joinpath("shapes.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines()]
    index = np.zeros(_CODE_POINTS, dtype=np.int32)
    index[[ord(row[0]) for row in rows]] = np.arange(1, len(rows) + 1)
    return (
        pa.array(["", *(row[1] for row in rows)]),
        pa.array(["", *(row[2] for row in rows)]),
        index,
    )
