"""A county as its departments deliver it: rows at rest, some late or with changed columns.

    County + Faults ── Delivery.current / .changes ──► transports

Needs no secrets. Alone, in Python: ``Delivery.of("DIR").feeds("sql")``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.county import OPERATION, County
from sandbox.faults import NO_FAULTS, Faults
from sandbox.state import State
from schemas import FEEDS, Feed


@dataclass(frozen=True)
class Delivery:
    """What the departments deliver, feed by feed. Tables are as County's, after the faults."""

    county: County
    faults: Faults

    @classmethod
    def of(cls, folder: str | Path, faults: Faults = NO_FAULTS) -> Delivery:
        """A county folder seen through these faults."""
        late = {key: fault.every for key in FEEDS if (fault := faults.at("late_rows", key))}
        return cls(County(folder, late), faults)

    @classmethod
    def of_state(cls, state: State) -> Delivery:
        """The county that this state serves, with the faults that are on."""
        return cls.of(state.county, Faults.parse(state.faults))

    @property
    def fingerprint(self) -> str:
        """Tells counties apart, faults included: what was loaded under another is loaded anew."""
        shaping = [
            text for text in self.faults.texts() if text.startswith(("late_rows", "changed_column"))
        ]
        return hashlib.sha256(" ".join([self.county.fingerprint, *shaping]).encode()).hexdigest()[
            :16
        ]

    def feeds(self, transport: str, department: str | None = None) -> list[Feed]:
        """The feeds that this county delivers by ``transport`` (sql, rest, files)."""
        return [
            feed
            for feed in self.county.feeds()
            if feed.transport == transport and department in (None, feed.department)
        ]

    def current(self, feed: Feed, day: date) -> pa.Table:
        """The state of a feed at the end of ``day``."""
        return self._changed(feed, self.county.current(feed.id, day))

    def changes(self, feed: Feed, day: date) -> pa.Table | None:
        """What ``day`` delivers, with ``__op``; None if nothing."""
        table = self.county.changes(feed.id, day)
        return None if table is None else self._changed(feed, table)

    def _changed(self, feed: Feed, table: pa.Table) -> pa.Table:
        fault = self.faults.at("changed_column", feed.id)
        return change_column(table, feed, fault.value) if fault else table


def change_column(table: pa.Table, feed: Feed, how: str) -> pa.Table:
    """The table with one column added, missing, retyped (text becomes its length) or renamed.

    The column is the first text that is neither key nor cursor, so a feed always stays addressable.
    """
    fixed = {*feed.key, feed.cursor, OPERATION}
    names = [name for name in table.column_names if name not in fixed]
    name = next((name for name in names if _is_text(table.schema.field(name).type)), names[0])
    place = table.column_names.index(name)
    if how == "added":
        return table.append_column("new_column", pa.repeat("new", len(table)))
    if how == "missing":
        return table.remove_column(place)
    if how == "retyped":
        return table.set_column(place, name, pc.utf8_length(table[name].cast(pa.string())))
    return table.rename_columns({name: f"{name}_new"})


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
