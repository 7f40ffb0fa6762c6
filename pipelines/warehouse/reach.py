"""How far a night's changes reach: the part of a table that must be built again.

    changed rows of inputs -> residents and records touched -> inputs narrowed to them -> Part

A model with ``-- grain: resident_id`` reads people through identity: whoever has a changed record
is built again. One with ``-- of INPUT: SQL`` lines makes its rows of those inputs, and reads
identity by the key of their records only. ``-- due INPUT: SQL``: records whose day came since the
last build count as changed. A change in any other input, or one that cannot be told any more,
builds the whole table. Needs no secrets.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import duckdb

from foundation.engine import run
from foundation.lake import Lake
from pipelines.warehouse.changes import CHANGED, changed_name, changed_rows
from pipelines.warehouse.inputs import InputCache
from pipelines.warehouse.models import Model, lake_inputs, ordered
from schemas import FEEDS
from schemas.derive import literal, quoted, table_schema
from schemas.identity import IDENTITY_TABLES
from schemas.warehouse import TABLES

_RESIDENT = "resident_id"
_CROSSWALK, _PLACES = "identity.crosswalk", "identity.address_match"
_MENTION, _ADDRESS = "identity.mention", "conformed.public_security_standard_address"
_RENTAL = "conformed.public_security_rental_housing"
# Inputs that every change of people asks several times.
HELD = frozenset({_CROSSWALK})
_MEMBER, _HOUSEHOLD = "identity.household_member", "identity.household"
_HOME = "identity.home"
_TELLING = {"_key", "record_key", "mention_id", "resident_id", "household_id"}
# What is read of the changed rows of these inputs.
_WANTED: dict[str, tuple[str, ...]] = {
    _CROSSWALK: ("record_key", "resident_id"),
    _PLACES: ("record_key",),
    _MENTION: ("record_key",),
    _MEMBER: ("household_id", "resident_id"),
    _HOUSEHOLD: ("household_id",),
    _HOME: ("resident_id",),
    _ADDRESS: ("standard_address_id",),
}
# Beyond this share of its rows a table is built whole: that is as fast.
_MOST_SHARE, _FEW = 0.2, 1_000


@dataclass(frozen=True)
class Part:
    """``sql`` yields at least the rows whose `grain` is in the relation `scope`."""

    sql: str
    grain: str
    scope: str

    @property
    def condition(self) -> str:
        """What narrows a table to the part."""
        return f"{quoted(self.grain)} in (select k from {self.scope})"


class Reach:
    """The parts to be built, from what the cache says has moved since the last build."""

    def __init__(self, con: duckdb.DuckDBPyConnection, lake: Lake, cache: InputCache) -> None:
        self._con, self._lake, self._cache = con, lake, cache
        self._models = {model.name: model for model in ordered()}
        self._made: dict[str, str] = {}
        self._columns_of: dict[str, list[str]] = {}
        self._roots: dict[str, set[str]] = {}
        for model in ordered():
            before = [self._roots.get(name, {name}) for name in model.inputs]
            self._roots[model.name] = set().union(*before)
        self._inputs = lake_inputs()
        self._records = {f"conformed.{feed.table}" for feed in FEEDS.values() if feed.mentions}
        run(con, f"create schema {CHANGED}; create schema part")

    def part(self, model: Model, rows: int) -> Part | None:
        """The part that the changes reach of what a model yields; None if it is all of it.

        rows: how many there are of the grain, or a few times that.
        """
        if model.grain is None or not self._is_told(model):
            return None
        part = self._part_of(model) if model.of else self._part_of_residents(model)
        [(reached,)] = run(self._con, f"select count(*) from {part.scope}")
        is_few = reached <= max(_FEW, rows * _MOST_SHARE)
        return part if is_few else None

    def keep_built(self, name: str, part: Part) -> None:
        """Keep what was just ``built`` of people, for the tables after it: it is what they would
        read of that table."""
        if part.grain == _RESIDENT:
            self._make(f"people_{name}", f"select * from built where {part.condition}")

    def _is_told(self, model: Model) -> bool:
        """Whether the grain's rules can follow every change that comes to the model."""
        moved = self._roots[model.name].intersection(self._cache.moved)
        return moved <= self._covered(model) & self._told.keys()

    def _covered(self, model: Model) -> set[str]:
        """The inputs whose changes the grain's rules follow."""
        if not model.of:
            return {*_WANTED, *self._records}
        by_record = {_CROSSWALK, _PLACES} if self._records & model.of.keys() else set()
        return {*model.of, *by_record}

    @cached_property
    def _told(self) -> dict[str, str]:
        """The relation of changed rows, by input of which they can be told."""
        return {name: changed_name(name) for name in self._cache.moved if self._tell(name)}

    def _tell(self, name: str) -> bool:
        """Make the relation of an input's changed rows, if some part asks for it."""
        since, wanted = self._cache.version(name), self._wanted(name)
        if since is None or not wanted:
            return False
        table, key = self._lake.table(*name.split(".")), _key(name)
        content = sorted({*self.columns(name), *key})
        return changed_rows(self._con, table, since, key, wanted, content, self._inputs[name])

    def _wanted(self, name: str) -> dict[str, str]:
        """SQL by column of what some part asks of an input's changed rows."""
        own = _WANTED.get(name, ("_key",) if name in self._records else ())
        return {column: column for column in own} | self._of_columns(name)

    def _of_columns(self, name: str) -> dict[str, str]:
        return {_of_column(model): model.of[name] for model in self._parted if name in model.of}

    @property
    def _parted(self) -> list[Model]:
        return [model for model in self._models.values() if model.of]

    # The records that a change touches, and the parts of tables that are made of records.

    @cached_property
    def _record(self) -> str:
        """Keys of records that changed, or whose person or place did."""
        by_key = {_CROSSWALK, _PLACES, _MENTION}
        told = [(name, rows) for name, rows in self._told.items() if name in by_key | self._records]
        keys = [f"select {_record_key(name)} from {rows}" for name, rows in told]
        return self._scope("record", keys)

    def _part_of(self, model: Model) -> Part:
        names = {name: self._of_narrowed(model, name) for name in model.of}
        for name in (_CROSSWALK, _PLACES):
            if name in model.inputs and name not in names:
                names[name] = self._by_record(name)
        return Part(model.reading(names), str(model.grain), self._of_scope(model))

    def _of_scope(self, model: Model) -> str:
        """The grain's values of changed rows, and of rows whose record was touched."""
        column, of = _of_column(model), model.of
        changed = [f"select {column} from {self._told[name]}" for name in of if name in self._told]
        touched = [
            f"select {sql} from {name} where _key in (select k from {self._record})"
            for name, sql in of.items()
            if name in self._records
        ]
        return self._scope(column, [*changed, *touched])

    def _of_narrowed(self, model: Model, name: str) -> str:
        condition = f"{model.of[name]} in (select k from {self._of_scope(model)})"
        return self._narrow(f"{_of_column(model)}_{name}", name, condition)

    def _by_record(self, name: str) -> str:
        """Identity of all records that any of these parts is made of."""
        return self._narrow(f"record_{name}", name, f"record_key in (select k from {self._joined})")

    @cached_property
    def _joined(self) -> str:
        made_of = [
            self._of_narrowed(model, name)
            for model in self._parted
            for name in model.of
            if name in self._records and self._is_told(model)
        ]
        return self._scope("joined", [f"select _key from {one}" for one in made_of])

    # The residents that a change touches, and the parts of tables that tell of people.

    @cached_property
    def _residents(self) -> str:
        """Who has, or had, or shares with another, a touched record, household or address."""
        told = self._told
        keys = [
            f"select resident_id from {told[n]}" for n in (_CROSSWALK, _MEMBER, _HOME) if n in told
        ]
        placed = f"record_key in (select k from {self._placed})"
        keys.append(f"select resident_id from {_CROSSWALK} where {placed}")
        if _HOUSEHOLD in told:
            moved = f"household_id in (select household_id from {told[_HOUSEHOLD]})"
            keys.append(f"select resident_id from {_MEMBER} where {moved}")
        if _ADDRESS in told:
            at = f"in (select standard_address_id from {told[_ADDRESS]})"
            where = f"living_dwelling_id {at} or register_dwelling_id {at}"
            keys.append(f"select resident_id from warehouse.resident where {where}")
        return self._scope("resident", keys)

    @cached_property
    def _placed(self) -> str:
        """The touched records, those whose day has come, and those at an address that changed."""
        keys = [f"select k from {self._record}", *self._due]
        if _ADDRESS in self._told:
            at = f"in (select standard_address_id from {self._told[_ADDRESS]})"
            keys.append(f"select record_key from {_PLACES} where dwelling_id {at}")
            keys.append(f"select _key from {_RENTAL} where standard_address_id {at}")
        return self._scope("placed", keys)

    @property
    def _due(self) -> list[str]:
        """SELECTs of the keys of records whose day lies between the business date of the last build
        and that of this one, both included: what is compared with < turns on the day after."""
        days = self._cache.days
        if len(days) == 1:
            return []
        days_of: dict[str, dict[str, None]] = {}
        for model in self._models.values():
            for name, day in model.due:
                days_of.setdefault(name, {})[day] = None
        within = f"between date {literal(days[0])} and date {literal(days[-1])}"
        return [
            f"select _key from {name} where {' or '.join(f'({day}) {within}' for day in own)}"
            for name, own in days_of.items()
        ]

    def _part_of_residents(self, model: Model) -> Part:
        names = {name: self._of_people(name) for name in model.inputs}
        return Part(model.reading(names), _RESIDENT, self._residents)

    def _of_people(self, name: str) -> str:
        """The input, narrowed to what tells of the residents, and of who shares a record."""
        if name.startswith("stage."):
            return self._stage(name)
        if name.startswith("parameter."):
            return name
        condition = self._about_people(name)
        return self._narrow(f"people_{name}", name, condition) if condition else name

    def _about_people(self, name: str) -> str | None:
        who = f"resident_id in (select k from {self._residents})"
        if name == _CROSSWALK:
            return f"record_key in (select record_key from {_CROSSWALK} where {who})"
        if name == _MENTION:
            return f"mention_id in (select mention_id from {self._of_people(_CROSSWALK)})"
        if name == _PLACES or name in self._records:
            records = f"select record_key from {self._of_people(_CROSSWALK)}"
            return f"{_record_key(name)} in ({records})"
        return who if _RESIDENT in self.columns(name) else None

    def _stage(self, name: str) -> str:
        if name not in self._made:
            model = self._models[name]
            sql = model.reading({one: self._of_people(one) for one in model.inputs})
            self._make(name, sql)
        return self._made[name]

    # Relations, each made once.

    def _scope(self, name: str, selects: Sequence[str]) -> str:
        """The distinct keys, as ``k``, that SELECTs of one column yield."""
        every = " union all ".join(selects) or "select cast(null as varchar)"
        sql = f"select distinct k from ({every}) as t (k) where k is not null"
        return self._make(f"scope_{name}", sql)

    def _narrow(self, name: str, source: str, condition: str) -> str:
        """An input's rows that a condition finds, in the columns that models use."""
        columns = ", ".join(map(quoted, self.columns(source)))
        read = self._touched_places if source == _PLACES and self._is_night else source
        return self._make(name, f"select {columns} from {read} where {condition}")

    @property
    def _is_night(self) -> bool:
        """Whether people were resolved anew, so that all that asks of them is built again."""
        return _CROSSWALK in self._cache.moved

    @cached_property
    def _touched_places(self) -> str:
        """The places of all records that some part asks for, read once."""
        people = self._of_people(_CROSSWALK)
        asked = (
            f"select k from {self._record} union all select k from {self._joined}"
            f" union all select record_key from {people}"
        )
        columns = ", ".join(map(quoted, self.columns(_PLACES)))
        where = f"record_key in ({asked})"
        return self._make("touched_places", f"select {columns} from {_PLACES} where {where}")

    def columns(self, name: str) -> list[str]:
        """The columns that some model may use of an input, and those that tell records."""
        if name not in self._columns_of:
            schema = self._inputs.get(name) or table_schema(TABLES[name.partition(".")[2]])
            # Without comments, whose words name columns that nobody reads.
            readers = (model.reading({}) for model in self._models.values() if name in model.inputs)
            words = _TELLING.union(*(re.findall(r"\w+", sql) for sql in readers))
            self._columns_of[name] = [column for column in schema.names if column in words]
        return self._columns_of[name]

    def _make(self, name: str, sql: str) -> str:
        if name not in self._made:
            made = f"part.{quoted(name.replace('.', '_'))}"
            run(self._con, f"create table {made} as\n{sql}")
            self._made[name] = made
        return self._made[name]


def _is_feed(name: str) -> bool:
    return name.startswith("conformed.")


def _record_key(name: str) -> str:
    return "_key" if _is_feed(name) else "record_key"


def _of_column(model: Model) -> str:
    return "of_" + model.name.rpartition(".")[2]


def _key(name: str) -> tuple[str, ...]:
    return ("_key",) if _is_feed(name) else IDENTITY_TABLES[name.partition(".")[2]].key
