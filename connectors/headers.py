"""Finding the header of a table in a file: which of the first rows holds the declared columns.

    first rows + Pull -> Header(row, names) | SourceChanged | SourceInvalid

People put a title above a table, and columns in another order. Needs no secrets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.base import NOTHING_TAKEN, Pull, columns_missing
from foundation.errors import SourceChanged, SourceInvalid

LOOK_AT = 20  # rows


@dataclass(frozen=True)
class Header:
    """row: its position from 0. names: one for each column, unique; columns without a name are
    `column_N`.
    """

    row: int
    names: tuple[str, ...]
    hits: int


def best_header(rows: Sequence[Sequence[object]], pull: Pull) -> Header | None:
    """The row among the first that names most declared columns, or None if none names half of them.

    Half, because a row of values must never be taken for names: names are shown in errors.
    """
    best: Header | None = None
    for position, row in enumerate(rows[:LOOK_AT]):
        names = _named(row)
        hits = len(set(names) & set(pull.columns))
        if hits * 2 >= len(pull.columns) and hits > (best.hits if best else 0):
            best = Header(position, tuple(names), hits)
    return best


def accept(header: Header, pull: Pull, where: str) -> Header:
    """The header if it has what is required, and no column twice; else raise SourceChanged."""
    missing = [name for name in pull.must_have if name not in header.names]
    if missing:
        raise columns_missing(
            where, missing, [name for name in header.names if name not in pull.columns]
        )
    twice = [name for name in pull.columns if header.names.count(name) > 1]
    if twice:
        remedy = "ask the department for the file without the repeated column"
        raise SourceChanged(
            where, f"the header names {', '.join(twice)} more than once", NOTHING_TAKEN, remedy
        )
    return Header(header.row, _unique(header.names), header.hits)


def no_header(where: str, tried: str = "") -> SourceInvalid:
    """The error of a file in which the declared columns are not found."""
    what = f"none of the first {LOOK_AT} rows names at least half of the declared columns{tried}"
    remedy = "ask the department for the right table, or set encoding in hub.toml"
    return SourceInvalid(where, what, NOTHING_TAKEN, remedy)


def _named(row: Sequence[object]) -> list[str]:
    names = [str(value).strip().strip("\ufeff") if value is not None else "" for value in row]
    while names and not names[-1]:
        names.pop()
    return [name or f"column_{i}" for i, name in enumerate(names, 1)]


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    made: list[str] = []
    for name in names:
        count = 2
        unique = name
        while unique in made:
            unique, count = f"{name}_{count}", count + 1
        made.append(unique)
    return tuple(made)
