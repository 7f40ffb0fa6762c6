"""Rows of a JSON page as text columns, without a Python object per cell.

    page -> the list's text, cut out -> where its quotes are (numpy) -> where keys and values are
         -> every byte accounted for? -> Arrow take -> text columns
                                      └ no: None, and the page is read in the ordinary way

Most pages are objects of the same names in the same order, holding texts, numbers, true, false and
null. Of such a page every byte is known: braces, names, colons and commas are compared, texts hold
no control characters, and msgspec reads the numbers. What differs in anything, be it a list in a
cell or an invalid byte, is left to `json_rows`. Needs no secrets. Alone:
    columns_of(b'[{"a":"x","b":1.50},{"a":null,"b":2}]', "")
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from connectors.paging import dig
from connectors.slices import Places, cells_of, windows

QUOTE, COLON, COMMA, BLANK, BACKSLASH = b'":, \\'
LISTED = "\ue000the rows"  # stands for the list while the rest of the answer is decoded
MANY = 8  # of so many cells one may hold escapes: each is decoded for itself
PLAIN = msgspec.json.Decoder(list[float | bool | None])
Marks = NDArray[np.bool_]


class Raw(bytes):
    """One row as it came: the text of a JSON object."""

    __slots__ = ()


@dataclass(frozen=True, eq=False)
class Columns(Sequence[Raw]):
    """The rows of a page. table: their cells as text. texts: columns that hold nothing but JSON
    texts; literals: those without null, true and false. Each row is text[begins:ends].
    """

    table: pa.RecordBatch
    text: bytes
    begins: Places
    ends: Places
    texts: frozenset[str]
    literals: frozenset[str]

    @overload
    def __getitem__(self, at: int) -> Raw: ...
    @overload
    def __getitem__(self, at: slice) -> list[Raw]: ...
    def __getitem__(self, at: int | slice) -> Raw | list[Raw]:
        if isinstance(at, int):
            return Raw(self.text[self.begins[at] : self.ends[at]])
        pairs = zip(self.begins[at].tolist(), self.ends[at].tolist(), strict=True)
        return [Raw(self.text[begin:end]) for begin, end in pairs]

    def __len__(self) -> int:
        return len(self.begins)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Columns) and self[:] == other[:]

    def values(self, name: str) -> list[str | None]:
        """A column's texts."""
        found: list[str | None] = self.table.column(name).to_pylist()
        return found

    def chosen(self, keep: Sequence[bool]) -> Columns:
        """The rows that are to be kept."""
        kept = np.asarray(keep, np.bool_)
        table = self.table.filter(pa.array(kept))
        bounds = self.begins[kept], self.ends[kept]
        return Columns(table, self.text, *bounds, self.texts, self.literals)


@dataclass(frozen=True)
class Glimpse:
    """What a page tells before its rows are read. body: the answer with the last row alone as its
    list. count: of its rows, right where no cell holds such braces.
    """

    body: Any
    count: int


def columns_of(
    content: bytes, path: str, look: Callable[[Glimpse], None] | None = None
) -> Any | None:
    """The answer with `Columns` as the list at `path`; None if it is not as described above.

    look: is called before the rows are read.
    """
    first = content.find(b'[{"')
    last = content.rfind(b"}]") + 1
    if first < 0 or last <= first or last - first >= 1 << 31:
        return None
    around = content[:first] + msgspec.json.encode(LISTED) + content[last + 1 :]
    try:
        body = msgspec.json.decode(around)
        if dig(body, path) != LISTED:
            return None
        text = content[first + 1 : last]
        if look is not None and (last_row := _last_row(text)) is not None:
            count = 1 + text.count(b"},{") + text.count(b"}, {")
            look(Glimpse(_put(body, path, [last_row]), count))
        found = _Layout(text, _first_names(text)).columns()
    except (KeyError, ValueError, _OddError):  # msgspec's and Arrow's errors are ValueErrors
        return None
    return _put(body, path, found)


def _last_row(text: bytes) -> dict[str, Any] | None:
    """The last row, which begins at one of the last braces."""
    begin = len(text)
    for _ in range(9):
        begin = text.rindex(b"{", 0, begin)
        with suppress(msgspec.DecodeError):
            return msgspec.json.decode(text[begin:], type=dict[str, Any])
    return None


def _first_names(text: bytes) -> tuple[str, ...]:
    """The names of the first row, which ends at one of the first braces. Raises ValueError."""
    end = 0
    for _ in range(9):
        end = text.index(b"}", end) + 1
        with suppress(msgspec.DecodeError):
            return tuple(msgspec.json.decode(text[:end], type=dict[str, Any]))
    raise _OddError


def _put(body: Any, path: str, rows: Sequence[Any]) -> Any:
    if path == "":
        return rows
    parent, _, name = path.rpartition(".")
    dig(body, parent)[name] = rows
    return body


class _OddError(Exception):
    """The page is not as described above."""


def _sure(holds: Any) -> None:
    if not holds:
        raise _OddError


@dataclass(frozen=True)
class _Layout:
    """The text of rows, from the first brace to the last, and where in it all things lie."""

    text: bytes
    names: tuple[str, ...]

    def columns(self) -> Columns:
        """The rows. Raises _OddError, or what Arrow raises for bytes that are not UTF-8."""
        _sure(self.data.min() >= BLANK)
        self._check_frame()
        self._check_values()
        shape = (-1, len(self.names))
        begins, ends = self.opens[self.keys] - 1, self.value_ends.reshape(shape)[:, -1] + 1
        texts = self._names_where(self.is_text.reshape(shape).all(0))
        literals = self._names_where(~self.is_word.reshape(shape).any(0))
        return Columns(self._table(), self.text, begins[:: len(self.names)], ends, texts, literals)

    def _names_where(self, holds: Any) -> frozenset[str]:
        return frozenset(name for name, so in zip(self.names, holds.tolist(), strict=True) if so)

    @cached_property
    def data(self) -> NDArray[np.uint8]:
        return np.frombuffer(self.text, np.uint8)

    @cached_property
    def gap(self) -> int:
        """Blanks after each colon and comma: none or one."""
        return int(self.text[self.closes[0] + 2] == BLANK)

    @cached_property
    def quotes(self) -> Places:
        """Where texts open and close, by turns."""
        found = np.flatnonzero(self.data == QUOTE)
        if self.escapes.size:
            behind = np.flatnonzero(self.data[found - 1] == BACKSLASH)
            _sure(len(behind) * MANY <= len(found))
            found = np.delete(found, [i for i in behind if self._is_escaped(int(found[i]))])
        _sure(len(found) >= 2 and len(found) % 2 == 0)
        return found

    def _is_escaped(self, at: int) -> bool:
        before = self.text[max(at - 64, 0) : at]
        slashes = len(before) - len(before.rstrip(b"\\"))
        _sure(slashes < 64)
        return slashes % 2 == 1

    @cached_property
    def escapes(self) -> Places:
        return np.flatnonzero(self.data == BACKSLASH) if b"\\" in self.text else np.empty(0, int)

    @cached_property
    def opens(self) -> Places:
        return self.quotes[0::2]

    @cached_property
    def closes(self) -> Places:
        return self.quotes[1::2]

    @cached_property
    def keys(self) -> Places:
        """Which texts are names: a colon follows."""
        found = np.flatnonzero(self.data[self.closes + 1] == COLON)
        _sure(len(found) and len(found) % len(self.names) == 0 and found[0] == 0)
        return found

    @cached_property
    def value_begins(self) -> Places:
        return self.closes[self.keys] + 2 + self.gap

    @cached_property
    def value_ends(self) -> Places:
        """Before the comma and the next name, or before the brace that ends the row."""
        after = np.append(self.opens[self.keys][1:], len(self.text) + 2 + self.gap)
        ends: Places = after - (1 + self.gap)
        ends[len(self.names) - 1 :: len(self.names)] -= 2
        return ends

    @cached_property
    def is_text(self) -> Marks:
        return np.equal(self.data[self.value_begins], QUOTE)

    @cached_property
    def is_word(self) -> Marks:
        """Which values are null, true or false: their first letter tells them apart."""
        return np.greater_equal(self.data[self.value_begins], ord("a"))

    def _check_frame(self) -> None:
        """Between two values stands nothing but what must: a comma or braces, the next name, a
        colon.
        """
        width = len(self.names)
        _sure((self.value_begins < self.value_ends).all() and self.text.startswith(b'{"'))
        for i, name in enumerate(self.names):
            begins = self.value_begins[i::width]
            between = self._between(i, name)
            ends = self.value_ends[(i - 1) % width :: width]
            if i == 0:  # the first row has nothing before it
                _sure(self.text[: begins[0]] == between[2 + self.gap :])
                begins, ends = begins[1:], ends[: len(begins) - 1]
            _sure((begins - ends == len(between)).all())
            found = windows(self.text, f"V{len(between)}")[ends]
            _sure(found.tobytes() == between * len(begins))

    def _between(self, column: int, name: str) -> bytes:
        blank = b" " * self.gap
        before = b"," + blank if column else b"}," + blank + b"{"
        return before + b'"' + name.encode() + b'":' + blank

    def _check_values(self) -> None:
        """A text is one text, from its first byte to its last; all else is a number or a word."""
        follow = self.keys + self.is_text
        _sure((follow[:-1] + 1 == self.keys[1:]).all() and follow[-1] + 1 == len(self.opens))
        _sure(((self.data[self.value_ends - 1] == QUOTE) == self.is_text).all())
        if self.escapes.size:  # that quote may be an escaped one
            texts = follow[self.is_text]
            _sure((self.closes[texts] == self.value_ends[self.is_text] - 1).all())
        others = ~self.is_text
        begins, ends = self.value_begins[others], self.value_ends[others]
        if len(begins):
            _sure(len(PLAIN.decode(self._joined(begins, ends))) == len(begins))

    def _joined(self, begins: Places, ends: Places) -> bytes:
        """Values as one list; each with the byte after it, which becomes the comma."""
        parts = cells_of(self.text, begins, ends + 1).take(_every_second(len(begins)))
        told = np.frombuffer(parts.buffers()[2], np.uint8)[: (ends - begins + 1).sum()].copy()
        told[np.cumsum(ends - begins + 1) - 1] = COMMA
        _sure((told != BLANK).all())
        return b"[" + told[:-1].tobytes() + b"]"

    def _table(self) -> pa.RecordBatch:
        """One take for all columns, the first column's rows first."""
        width, count = len(self.names), len(self.keys)
        cells = cells_of(
            self.text, self.value_begins + self.is_text, self.value_ends - self.is_text
        )
        order = np.arange(count).reshape(-1, width).T.reshape(-1)
        lead = self.data[self.value_begins][order]
        taken = cells.take(pa.array(2 * order, mask=lead == ord("n")))
        values = self._spelled(taken.cast(pa.string()), lead, order)
        rows = count // width
        columns = [values.slice(i * rows, rows) for i in range(width)]
        return pa.RecordBatch.from_arrays(columns, names=list(self.names))

    def _spelled(self, values: pa.Array, lead: NDArray[np.uint8], order: Places) -> pa.Array:
        """The texts with true, false and escapes as the hub spells them."""
        for word, said in ((ord("t"), "1"), (ord("f"), "0")):
            if (is_word := lead == word).any():
                values = pc.if_else(pa.array(is_word), pa.scalar(said), values)
        return self._unescaped(values, order) if self.escapes.size else values

    def _unescaped(self, values: pa.Array, order: Places) -> pa.Array:
        found = np.unique(np.searchsorted(self.value_begins, self.escapes, "right") - 1)
        _sure(len(found) * MANY <= len(order))
        begins, ends = self.value_begins[found].tolist(), self.value_ends[found].tolist()
        pieces = (self.text[begin:end] for begin, end in zip(begins, ends, strict=True))
        texts = [msgspec.json.decode(piece, type=str) for piece in pieces]
        is_one = np.isin(order, found)
        place = np.argsort(np.argsort(order[is_one]))
        return pc.replace_with_mask(values, pa.array(is_one), pa.array(texts).take(pa.array(place)))


def _every_second(count: int) -> pa.Array:
    return pa.array(np.arange(0, 2 * count, 2))
