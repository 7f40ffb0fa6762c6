"""One feed being written: its columns, when rows appear, change and vanish, and the truth about
each row.

    Draft.columns + appears/vanishes + patches ──> base table, one table a day (with __op)
    Draft.mentions, addresses, damages         ──> truth

A row never changes on the day it appears, and never after it has vanished: `changes` sees to it.
Needs no secret.
Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.streams import Ints
from sandbox.text import Text, join


@dataclass(frozen=True)
class Patch:
    """From `day` on, `rows` (sorted, distinct) hold these values."""

    day: int
    rows: Ints
    values: dict[str, Any]


@dataclass(frozen=True)
class Mentions:
    """The person of a slot in each of `rows`."""

    slot: str
    rows: Ints
    person: Ints


@dataclass(frozen=True)
class Addresses:
    """What the text of a column means in each of `rows`: dwelling and level code (-1: none)."""

    column: str
    rows: Ints
    dwelling: Ints
    level: Ints


@dataclass(frozen=True)
class Spoilt:
    """One kind of damage in one column of the slot ("" for damages of the row as such)."""

    kind: str
    slot: str
    column: str
    rows: Ints


@dataclass
class Draft:
    """All rows of one feed that ever are. Day 0 is the base; `vanishes` 0 means never."""

    department: str
    feed: str
    key: tuple[str, ...]
    appears: Ints
    columns: dict[str, Any] = field(default_factory=dict)
    vanishes: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    patches: list[Patch] = field(default_factory=list)
    mentions: list[Mentions] = field(default_factory=list)
    addresses: list[Addresses] = field(default_factory=list)
    spoilt: list[Spoilt] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not len(self.vanishes):
            self.vanishes = np.zeros(len(self.appears), dtype=np.int64)

    def __len__(self) -> int:
        return len(self.appears)

    @property
    def id(self) -> str:
        """department.feed"""
        return f"{self.department}.{self.feed}"

    def mention(self, slot: str, person: Ints, rows: Ints | None = None) -> None:
        """The slot of `rows` (all by default) names these people (-1: nobody)."""
        rows = np.arange(len(self)) if rows is None else rows
        known = person >= 0
        self.mentions.append(Mentions(slot, rows[known], person[known]))

    def spoil(self, kind: str, slot: str, column: str, rows: Ints) -> None:
        """Note that these rows have the damage."""
        if len(rows):
            self.spoilt.append(Spoilt(kind, slot, column, np.asarray(rows, dtype=np.int64)))

    def patch(self, day: int, rows: Ints, values: dict[str, Any]) -> None:
        """Change `rows` on `day` where they are there to be changed (values are arrays as long as
        `rows`).
        """
        there = (self.appears[rows] < day) & (
            (self.vanishes[rows] == 0) | (self.vanishes[rows] > day)
        )
        keep = np.flatnonzero(there)
        order = keep[np.argsort(rows[keep], kind="stable")]
        if len(order):
            chosen = pa.array(order)
            self.patches.append(
                Patch(day, rows[order], {k: v.take(chosen) for k, v in values.items()})
            )

    def keys(self, rows: Ints) -> Text:
        """The record keys of rows."""
        index = pa.array(rows)
        parts = [self.columns[name].take(index) for name in self.key]
        texts = [part if part.type == pa.string() else pc.cast(part, pa.string()) for part in parts]
        if len(texts) == 1:
            return texts[0]
        return join(*[piece for text in texts for piece in (text, "|")][:-1])

    def changes(self, day: int) -> tuple[Ints, Ints, Ints]:
        """The rows that appear, change and vanish on a day."""
        patched = [p.rows for p in self.patches if p.day == day]
        changed = np.unique(np.concatenate(patched)) if patched else np.zeros(0, dtype=np.int64)
        return np.flatnonzero(self.appears == day), changed, np.flatnonzero(self.vanishes == day)

    def table(self, rows: Ints | None, day: int) -> pa.Table:
        """Rows as they stand at the end of a day (all rows if None)."""
        index = None if rows is None else pa.array(rows)
        columns = {k: v if index is None else v.take(index) for k, v in self.columns.items()}
        where = np.arange(len(self)) if rows is None else rows
        for patch in (p for p in self.patches if p.day <= day):
            at = np.minimum(np.searchsorted(patch.rows, where), len(patch.rows) - 1)
            hit = patch.rows[at] == where
            if hit.any():
                chosen = pa.array(at[hit])
                for name, values in patch.values.items():
                    columns[name] = pc.replace_with_mask(
                        columns[name], pa.array(hit), values.take(chosen)
                    )
        return pa.table(columns)

    def day_table(self, day: int) -> pa.Table:
        """The net change of a day, with __op I, U or D (a D row is the last row that was known)."""
        new, changed, gone = self.changes(day)
        tables = [self.table(new, day), self.table(changed, day), self.table(gone, day - 1)]
        ops = np.repeat(["I", "U", "D"], [len(new), len(changed), len(gone)])
        return pa.concat_tables(tables).append_column("__op", pa.array(ops.tolist(), pa.string()))
