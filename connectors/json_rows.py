"""Rows of a JSON page: decoded fast, and read by column whichever way they were decoded.

    page -> the first row's names -> numpy -> columns of text (connectors.json_columns)
         └ with lists or objects in cells
           first page -> msgspec -> dictionaries -> their names -> a struct type for this endpoint
           later pages -> msgspec -> structs: half the time, nothing for Python's collector to walk
                      └ a page with other names -> dictionaries again, from then on

Numbers keep their spelling either way. Needs no secrets. Alone:
    pages = Decoder("list", ("next",))
    column(pages.decode(b'{"list": [{"a": 1.50}], "next": "x"}')["list"], "a")
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter
from typing import Any, TypedDict

import msgspec

from connectors.cells import Number
from connectors.json_columns import Columns, Glimpse, Raw, columns_of
from connectors.paging import dig
from foundation.collector import resting

FAST = msgspec.json.Decoder(float_hook=Number)  # whole numbers are exact as they are
UNUSABLE = re.compile(r'[\x00-\x1f"\\]')  # msgspec takes no name of a field that holds these
TRIES = 3  # so many pages in a row that are no plain columns, and no further one is tried
EXACT = json.JSONDecoder(parse_float=Number, parse_int=Number)


@dataclass
class Decoder:
    """JSON of one endpoint's pages. rows: the dotted path of the list; others: further paths that
    are looked at. Of structs' pages nothing else is kept.
    """

    rows: str
    others: tuple[str, ...] = ()
    _typed: msgspec.json.Decoder[Any] | None = field(default=None, repr=False)
    _learns: bool = True
    _failed: int = 0

    def decode(self, content: bytes, look: Callable[[Glimpse], None] | None = None) -> Any:
        """The page; look: is called before its rows are read, if they lie in columns. Raises
        ValueError.

        What msgspec finds odd (half a surrogate pair, NaN) is left to the standard library.
        """
        content = content.removeprefix(codecs.BOM_UTF8)
        in_columns = self._in_columns(content, look)
        if in_columns is not None:
            return in_columns
        with resting():
            if self._typed is not None:
                try:
                    return self._typed.decode(content)
                except msgspec.DecodeError:
                    self._typed = None
            try:
                body = FAST.decode(content)
            except msgspec.DecodeError:
                body = EXACT.decode(content.decode())
        self._learn(body)
        return body

    def _in_columns(self, content: bytes, look: Callable[[Glimpse], None] | None) -> Any | None:
        if self._failed >= TRIES or b"[{" not in content:
            return None
        body = columns_of(content, self.rows, look)
        self._failed = self._failed + 1 if body is None else 0
        return body

    def _learn(self, body: Any) -> None:
        """Take the names of the first page that has rows, if all of its rows have the same."""
        try:
            rows = dig(body, self.rows)
        except KeyError:
            return
        if not self._learns or not isinstance(rows, list) or not rows:
            return
        self._learns = False
        names = names_of(rows[0]) if isinstance(rows[0], dict) else ()
        plain = not UNUSABLE.search("".join(names))
        if names and plain and all(type(row) is dict and names == tuple(row) for row in rows):
            paths = {self.rows: list[_struct(names)], **dict.fromkeys(self.others, Any)}  # type: ignore[misc]
            self._typed = msgspec.json.Decoder(_envelope(paths), float_hook=Number)


def _struct(names: Iterable[str]) -> Any:
    """A type of rows that have exactly these names."""
    fields = [(f"c{i}", Any, msgspec.field(name=name)) for i, name in enumerate(names)]
    return msgspec.defstruct("Row", fields, gc=False, forbid_unknown_fields=True)


def _envelope(paths: dict[str, Any]) -> Any:
    """A type of dictionaries that hold these types at dotted paths."""
    if "" in paths:
        return paths[""]
    parts: dict[str, dict[str, Any]] = {}
    for path, kind in paths.items():
        head, _, rest = path.partition(".")
        parts.setdefault(head, {})[rest] = kind
    inner = {head: _envelope(rest) for head, rest in parts.items()}
    return TypedDict("Envelope", inner, total=False)  # type: ignore[operator]


def is_row(item: Any) -> bool:
    """Whether an item of a page is a JSON object."""
    return isinstance(item, (dict, msgspec.Struct, Raw))


def are_rows(items: Sequence[Any]) -> bool:
    """Whether all items of a page are JSON objects."""
    if isinstance(items, Columns):
        return True
    return all(issubclass(kind, (dict, msgspec.Struct)) for kind in set(map(type, items)))


def names_of(row: Any) -> tuple[str, ...]:
    """The names of a row, in its order."""
    if isinstance(row, dict):
        return tuple(row)
    return tuple(_dict(row)) if isinstance(row, Raw) else type(row).__struct_encode_fields__


def shapes_of(rows: Sequence[Any]) -> set[tuple[str, ...]]:
    """The names of each row in their order: mostly one shape."""
    kinds = set(map(type, rows))
    alike = len(kinds) == 1 and dict not in kinds
    return {names_of(rows[0])} if alike else set(map(names_of, rows))


def value(row: Any, name: str) -> Any:
    """One value of a row, None where there is none; None for what is no row."""
    if isinstance(row, (dict, Raw)):
        return _dict(row).get(name)
    getter = _getter(row, name)
    return None if getter is None else getter(row)


def column(rows: Sequence[Any], name: str) -> list[Any] | None:
    """One value of every row, of columns its text; None if a row does not have it or is no row."""
    if not rows:
        return []
    if isinstance(rows, Columns):
        return list(rows.values(name)) if name in rows.table.schema.names else None
    kinds = set(map(type, rows))
    try:
        if kinds == {dict}:
            return list(map(itemgetter(name), rows))
    except KeyError:
        return None
    getter = _getter(rows[0], name) if len(kinds) == 1 else None
    return None if getter is None else list(map(getter, rows))


def texts_of(rows: Sequence[Any], name: str) -> list[str] | None:
    """One column of JSON rows, if every row has it and as a text; else None."""
    if isinstance(rows, Columns):
        return rows.values(name) if name in rows.texts else None  # type: ignore[return-value]
    values = column(rows, name)
    return values if values is not None and set(map(type, values)) <= {str} else None


def literals_of(rows: Sequence[Any], name: str) -> list[str] | None:
    """One column of JSON rows as `str` writes it, if that is at hand: texts, or numbers of columns;
    else None.
    """
    if isinstance(rows, Columns) and name in rows.literals:
        return rows.values(name)  # type: ignore[return-value]
    return texts_of(rows, name)


def chosen(rows: Sequence[Any], keep: Sequence[bool]) -> Sequence[Any]:
    """The rows that are to be kept."""
    if all(keep):
        return rows
    if isinstance(rows, Columns):
        return rows.chosen(keep)
    return [row for row, kept in zip(rows, keep, strict=True) if kept]


def same(one: Any, other: Any) -> bool:
    """Whether two items say the same, whichever way they were decoded."""
    return bool(one == other) or (is_row(one) and _dict(one) == _dict(other))


def _getter(row: Any, name: str) -> Callable[[Any], Any] | None:
    names = names_of(row) if isinstance(row, msgspec.Struct) else ()
    return attrgetter(f"c{names.index(name)}") if name in names else None


def _dict(row: Any) -> Any:
    if isinstance(row, Raw):
        return FAST.decode(row)
    if isinstance(row, dict):
        return row
    return {name: value(row, name) for name in names_of(row)} if is_row(row) else row
