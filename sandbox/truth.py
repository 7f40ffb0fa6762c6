"""What is known to be true, kept apart from the deliveries: for the base and for what each later
day adds or changes.

    Drafts ──> truth/{mentions,addresses,damages}.parquet, truth/days/<date>/...  (with __op I, U or
            D)
    World  ──> truth/{persons,households}.parquet,         truth/days/<date>/...

A later day's file replaces the rows of its keys: (department, feed, record_key, slot), or
person_id. Needs no secret.
Alone: see tests/sandbox/test_build_truth.py
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.addresses import LEVELS
from sandbox.cells import true_ids, true_names
from sandbox.draft import Addresses, Draft, Mentions
from sandbox.names import names
from sandbox.population import REGISTERED
from sandbox.streams import Ints
from sandbox.text import NEVER, Text, choose, constant, fixed, join, number, padded, take
from sandbox.world import World
from schemas import FEEDS, Feed

ROW_GROUP: Final = 1 << 18
Sink = Callable[[int, str, pa.Table], None]  # (day, file, rows)

_KEY: Final = [
    ("department", pa.string()),
    ("feed", pa.string()),
    ("record_key", pa.string()),
    ("slot", pa.string()),
]
SCHEMAS: Final = {
    "mentions": pa.schema([*_KEY, ("person_id", pa.string()), ("damages", pa.list_(pa.string()))]),
    "addresses": pa.schema([*_KEY, ("dwelling_id", pa.string()), ("level", pa.string())]),
    "damages": pa.schema([*_KEY, ("column", pa.string()), ("damage", pa.string())]),
    "persons": pa.schema(
        [
            ("person_id", pa.string()),
            ("name", pa.string()),
            ("former_name", pa.string()),
            ("id_no", pa.string()),
            ("second_id_no", pa.string()),
            ("papers_no", pa.string()),
            ("sex", pa.string()),
            ("birth_date", pa.date32()),
            ("death_date", pa.date32()),
            ("kind", pa.string()),
            ("status", pa.string()),
            ("father_id", pa.string()),
            ("mother_id", pa.string()),
            ("spouse_id", pa.string()),
            ("traits", pa.list_(pa.string())),
        ]
    ),
    "households": pa.schema(
        [
            ("person_id", pa.string()),
            ("registered_household", pa.string()),
            ("registered_dwelling", pa.string()),
            ("living_dwelling", pa.string()),
            ("living_household", pa.string()),
        ]
    ),
}
KINDS: Final = ("registered", "floating", "papers", "foreign", "married_in")
STATUSES: Final = (
    "normal",
    "dead",
    "moved_out",
    "army",
    "emigrated",
    "missing",
    "deleted",
    "cancelled",
    "other",
)


def draft_truth(w: World, draft: Draft, sink: Sink) -> None:
    """Write the truth of one feed's rows: mentions with their damages, addresses, damages."""
    for mention in draft.mentions:
        table = _mentions(w, draft, mention)
        _by_day(draft, mention.rows, table, lambda day, rows: sink(day, "mentions", rows))
    for written in draft.addresses:
        for slot, at in _slots_of(draft, written):
            table = _addresses(w, draft, written, slot, at)
            rows = written.rows[at]
            _by_day(draft, rows, table, lambda day, part: sink(day, "addresses", part))
    if draft.spoilt:
        rows = np.concatenate([s.rows for s in draft.spoilt])
        _by_day(draft, rows, _damages(draft, rows), lambda day, part: sink(day, "damages", part))


def _by_day(
    draft: Draft, rows: Ints, table: pa.Table, write: Callable[[int, pa.Table], None]
) -> None:
    """Write each row on the day it appears, and again as D on the day it vanishes."""
    if not len(rows):
        return
    for moments, op in ((draft.appears[rows], "I"), (draft.vanishes[rows], "D")):
        for day in np.flatnonzero(np.bincount(moments)).tolist():
            at = np.flatnonzero(moments == day)
            if day or op == "I":
                part = table if len(at) == len(rows) else table.take(pa.array(at))
                write(day, part.append_column("__op", constant(op, len(at))))


def _keys(draft: Draft, slot: str, rows: Ints) -> dict[str, Any]:
    n = len(rows)
    return {
        "department": constant(draft.department, n),
        "feed": constant(draft.feed, n),
        "record_key": draft.keys(rows),
        "slot": constant(slot, n),
    }


def _mentions(w: World, draft: Draft, mention: Mentions) -> pa.Table:
    columns = {
        **_keys(draft, mention.slot, mention.rows),
        "person_id": take(w.person_ids, mention.person),
        "damages": _damage_lists(draft, mention.slot, mention.rows),
    }
    return pa.table(columns)


def _damage_lists(draft: Draft, slot: str, rows: Ints) -> Text:
    """The kinds of damage of each row's slot, sorted by kind."""
    of_slot = [s for s in draft.spoilt if s.slot == slot]
    kinds = sorted({s.kind for s in of_slot})
    position = np.full(len(draft), -1, dtype=np.int64)
    position[rows] = np.arange(len(rows))
    at = np.concatenate([np.zeros(0, dtype=np.int64), *(position[s.rows] for s in of_slot)])
    code = np.repeat([kinds.index(s.kind) for s in of_slot], [len(s.rows) for s in of_slot])
    pairs = np.unique(at[at >= 0] * (len(kinds) + 1) + code[at >= 0])
    at, what = np.divmod(pairs.astype(np.int64), len(kinds) + 1)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=len(rows)))])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), take(kinds, what))


def _slots_of(draft: Draft, written: Addresses) -> list[tuple[str, Ints]]:
    """The slots to which an address column belongs, each with the rows that name somebody there.

    Where a feed has one slot, its address is that slot's; where it has none, it is `self`.
    """
    feed, every = FEEDS[draft.id], np.arange(len(written.rows))
    slots = [
        s.slot for s in feed.mentions if s.address and _source(feed, s.address) == written.column
    ]
    if len(slots) < 2:
        only = [s.slot for s in feed.mentions] if len(feed.mentions) == 1 else ["self"]
        return [((slots or only)[0], every)]
    found = []
    for mention in (m for m in draft.mentions if m.slot in slots):
        found.append((mention.slot, np.flatnonzero(np.isin(written.rows, mention.rows))))
    return found


def _source(feed: Feed, name: str) -> str:
    return feed.column(name).source


def _addresses(w: World, draft: Draft, written: Addresses, slot: str, at: Ints) -> pa.Table:
    columns = {
        **_keys(draft, slot, written.rows[at]),
        "dwelling_id": take(w.places.ids, written.dwelling[at]),
        "level": take(LEVELS, written.level[at]),
    }
    return pa.table(columns)


def _damages(draft: Draft, rows: Ints) -> pa.Table:
    """One row a spoilt cell, in the order of `draft.spoilt`."""
    sizes = [len(s.rows) for s in draft.spoilt]
    at = np.repeat(np.arange(len(sizes)), sizes)
    columns = {
        **_keys(draft, "", rows),
        "slot": take([s.slot for s in draft.spoilt], at),
        "column": take([s.column for s in draft.spoilt], at),
        "damage": take([s.kind for s in draft.spoilt], at),
    }
    return pa.table(columns)


def world_truth(w: World, sink: Sink) -> None:
    """Write persons and households, as of the base and as each later day changes them."""
    state = _State(w)
    everybody = np.flatnonzero(w.base)
    sink(0, "persons", state.persons(everybody, "I"))
    sink(0, "households", state.households(everybody, "I"))
    for day in range(1, w.days + 1):
        born = np.flatnonzero(w.people.appears == day)
        changed = state.advance(day)
        for rows, op in ((born, "I"), (changed, "U")):
            sink(day, "persons", state.persons(rows, op))
            sink(day, "households", state.households(rows, op))


class _State:
    """The people as they are at the end of a day."""

    def __init__(self, w: World) -> None:
        self.w = w
        self.status, self.death = w.people.status.copy(), w.people.death.copy()
        self.spouse = w.people.spouse.copy()
        self.registered, self.living = w.living.registered.copy(), w.living.living.copy()
        self.household = w.living.registered_household.copy()

    def advance(self, day: int) -> Ints:
        """Let the day's events come true; returns whom they change."""
        events = self.w.events
        dead, gone = events.deaths.at(day), events.leavers.at(day)
        self.status[dead], self.death[dead] = 1, self.w.as_of + day
        self.status[gone] = 2
        out = np.concatenate([dead, gone])
        self.living[out] = self.household[out] = -1
        moved = events.movers.day == day
        movers = events.movers.person[moved]
        self.registered[movers] = self.living[movers] = events.new_home[moved]
        wed = events.grooms.day == day
        grooms, brides = events.grooms.person[wed], events.brides[wed]
        self.spouse[grooms], self.spouse[brides] = brides, grooms
        return np.unique(np.concatenate([out, movers, grooms, brides, events.new_numbers.at(day)]))

    def persons(self, rows: Ints, op: str) -> pa.Table:
        w, p = self.w, self.w.people
        new = np.isin(rows, w.events.new_numbers.person)
        ids = (
            choose(new, take_fixed(p.number, rows), true_ids(w, rows))
            if op == "U"
            else true_ids(w, rows)
        )
        columns = {
            "person_id": take(w.person_ids, rows),
            "name": true_names(w, rows),
            "former_name": choose(p.former_given[rows] >= 0, _former(w, rows), None),
            "id_no": ids,
            "second_id_no": choose(p.has_second[rows], take_fixed(p.second_number, rows), None),
            "papers_no": take(w.paper_numbers, rows),
            "sex": number(p.sex[rows]),
            "birth_date": pa.array(p.birth[rows].astype(np.int32), pa.int32()).cast(pa.date32()),
            "death_date": _dates(self.death[rows]),
            "kind": take(KINDS, p.kind[rows]),
            "status": take(STATUSES, self.status[rows]),
            "father_id": take(w.person_ids, p.father[rows]),
            "mother_id": take(w.person_ids, p.mother[rows]),
            "spouse_id": take(w.person_ids, self.spouse[rows]),
            "traits": _traits(self, rows),
            "__op": constant(op, len(rows)),
        }
        return pa.table(columns)

    def households(self, rows: Ints, op: str) -> pa.Table:
        w = self.w
        kinds = w.places.dwellings.kind
        home = self.living[rows]
        family = (home >= 0) & (kinds[np.maximum(home, 0)] == 0)
        columns = {
            "person_id": take(w.person_ids, rows),
            "registered_household": choose(
                self.household[rows] >= 0, household_no(self.household[rows]), None
            ),
            "registered_dwelling": take(w.places.ids, self.registered[rows]),
            "living_dwelling": take(w.places.ids, home),
            "living_household": choose(family, join("L", take(w.places.ids, home)), None),
            "__op": constant(op, len(rows)),
        }
        return pa.table(columns)


def household_no(household: Ints) -> Text:
    """The booklet number (HH) of a household."""
    return join("3607310", padded(np.maximum(household, 0), 9))


def take_fixed(letters: np.ndarray, rows: Ints) -> Text:
    """Rows of a byte matrix as text."""
    return fixed(letters[rows])


def _former(w: World, rows: Ints) -> Text:
    return names(w.people.surname[rows], np.maximum(w.people.former_given[rows], 0))


def _dates(days: Ints) -> Text:
    known = days != NEVER
    return pa.array(np.where(known, days, 0).astype(np.int32), pa.int32(), mask=~known).cast(
        pa.date32()
    )


def _traits(state: _State, rows: Ints) -> Text:
    p = state.w.people
    apart = (
        (state.registered[rows] >= 0)
        & (state.registered[rows] != state.living[rows])
        & (state.status[rows] == 0)
    )
    masks = {
        "foreign_papers": np.isin(p.kind[rows], (2, 3)),
        "id_shared": p.shares_number[rows],
        "married_in_elsewhere": p.kind[rows] == 4,
        "register_residence_apart": apart & (p.kind[rows] == REGISTERED),
        "same_name_birth": p.same_name[rows],
        "twin": p.twin[rows],
    }
    grid = np.stack(list(masks.values()), axis=1)
    _at, what = np.nonzero(grid)
    offsets = np.concatenate([[0], np.cumsum(grid.sum(axis=1))])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), take(list(masks), what))


class TruthFiles:
    """The open files of truth/: rows are gathered and written in large groups; `close` finishes
    every file.
    """

    def __init__(self, folder: Path, dates: list[str]) -> None:
        self._folder, self._dates = folder, dates
        self._waiting: dict[tuple[int, str], list[pa.Table]] = {
            (day, file): [] for day in range(len(dates)) for file in SCHEMAS
        }
        self._writers: dict[tuple[int, str], pq.ParquetWriter] = {}

    def _schema(self, day: int, file: str) -> pa.Schema:
        schema = SCHEMAS[file]
        return schema.append(pa.field("__op", pa.string())) if day else schema

    def _writer(self, day: int, file: str) -> pq.ParquetWriter:
        if (day, file) not in self._writers:
            folder = self._folder / "truth" / ("." if day == 0 else f"days/{self._dates[day]}")
            folder.mkdir(parents=True, exist_ok=True)
            self._writers[day, file] = pq.ParquetWriter(
                folder / f"{file}.parquet",
                self._schema(day, file),
                compression="zstd",
                compression_level=1,
            )
        return self._writers[day, file]

    def write(self, day: int, file: str, rows: pa.Table) -> None:
        """Append rows (with __op, which the base leaves out)."""
        schema = self._schema(day, file)
        waiting = self._waiting[day, file]
        waiting.append(rows.select(schema.names).cast(schema))
        if sum(table.num_rows for table in waiting) > ROW_GROUP:
            self._flush(day, file)

    def _flush(self, day: int, file: str) -> None:
        waiting, self._waiting[day, file] = self._waiting[day, file], []
        if waiting:
            self._writer(day, file).write_table(pa.concat_tables(waiting), row_group_size=ROW_GROUP)

    def close(self) -> None:
        """Write what waits, and finish every file."""
        for day, file in self._waiting:
            self._flush(day, file)
            self._writer(day, file).close()
