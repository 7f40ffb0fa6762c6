"""The warehouse step: build what the changed inputs reach, write only what differs.

    conformed.*, identity.*, hub.* -> sql/*.sql -> compare -> warehouse.<table>, warehouse.change

A table none of whose inputs changed is left alone; one with a grain is built in part (reach.py).
``warehouse.change`` holds the keys that each build added, changed or removed: publishing reads it.
Needs no secrets. Alone: ``build(Hub.open(Home.find()))``.
"""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

from foundation.engine import attach, register, run
from foundation.errors import LakeError, WarehouseError
from pipelines.hub import Hub
from pipelines.warehouse import ruled
from pipelines.warehouse.history import open_ledger
from pipelines.warehouse.inputs import InputCache
from pipelines.warehouse.models import RULE_STAGE, Model, lake_inputs, ordered
from pipelines.warehouse.reach import HELD, Part, Reach
from pipelines.warehouse.survivorship import trust_table
from pipelines.warehouse.write import CHANGE_SCHEMA, CHANGE_TABLE, Writer
from schemas.derive import literal, quoted, table_schema
from schemas.model import Table
from schemas.warehouse import HISTORY, TABLES

__all__ = ["CHANGE_SCHEMA", "CHANGE_TABLE", "TableReport", "WarehouseReport", "build"]

_RULED, _PEOPLE = "warehouse.discrepancy", "warehouse.resident"


@dataclass(frozen=True)
class TableReport:
    """What one build did to one table, in rows; ``skipped``: no input had changed; ``partly``: only
    what the changes reach was built."""

    rows: int
    added: int = 0
    changed: int = 0
    removed: int = 0
    seconds: float = 0.0
    skipped: bool = False
    partly: bool = False

    @property
    def touched(self) -> int:
        """Rows added, changed or removed."""
        return self.added + self.changed + self.removed


@dataclass(frozen=True)
class WarehouseReport:
    """A build: its number (the last one's if nothing changed), tables by name, seconds in all.

    rules: the rules between departments that ran, since something that they read had changed, each
    with the kind of error if it could not run; its rows are then those of the last time.
    """

    build: int
    tables: dict[str, TableReport] = field(default_factory=dict)
    seconds: float = 0.0
    rules: dict[str, str | None] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for metadata and ``--json``."""
        return asdict(self)


def build(hub: Hub) -> WarehouseReport:
    """Bring the warehouse zone up to the conformed and identity zones, as of the business date.

    Raises WarehouseError when a model yields two rows of one key; that table keeps its last state.
    """
    started = time.monotonic()
    con = hub.connect()
    try:
        builder = _Builder(hub, con)
        tables = builder.tables()
        ruled.note(hub.home, builder.rules)  # before the cache says that they need not run again
        builder.cache.save()
    finally:
        con.close()
    seconds = round(time.monotonic() - started, 3)
    return WarehouseReport(builder.writer.last_build, tables, seconds, builder.rules)


class _Builder:
    """One build: the connection, and which stages exist in it already."""

    def __init__(self, hub: Hub, con: duckdb.DuckDBPyConnection) -> None:
        self._lake, self._con = hub.lake, con
        self._made: set[str] = set()
        # Tables that changed for another reason than their inputs, which no rule of reach follows.
        self._loose: set[str] = set()
        self.rules: dict[str, str | None] = {}
        self._models = {model.name: model for model in ordered()}
        # It takes a killed build back, before anything is read.
        self.writer = Writer(con, hub.lake, hub.as_of)
        trust = trust_table()
        self.cache = InputCache(
            hub.lake,
            {
                "parameter.as_of": hub.as_of.isoformat(),
                "parameter.trust": hashlib.sha256(str(trust.to_pylist()).encode()).hexdigest(),
            },
        )
        self._prepare(hub, trust)
        self._reach = Reach(con, hub.lake, self.cache)
        for name in HELD.intersection(self.cache.moved):
            self._hold(name)

    def _prepare(self, hub: Hub, trust: pa.Table) -> None:
        inputs = lake_inputs() | {table.id: table_schema(table) for table in TABLES.values()}
        attach(self._con, self._lake, inputs, inputs)
        run(
            self._con,
            "create schema stage; create schema parameter; create schema if not exists warehouse",
        )
        as_of = literal(hub.as_of.isoformat())
        run(self._con, f"create view parameter.as_of as select cast({as_of} as date) as as_of")
        register(self._con, "trust", trust)
        run(self._con, "create view parameter.trust as select * from temp.trust")

    def _hold(self, name: str) -> None:
        """Read an input once for all that ask it, in the columns that they use: a night asks who a
        record is a dozen times, and each time layers would be joined to the base again.
        """
        zone, _, table = name.partition(".")
        columns = ", ".join(map(quoted, self._reach.columns(name)))
        run(
            self._con,
            f"create temp table held_{table} as select {columns} from {name};"
            f" create or replace view {zone}.{table} as select * from temp.held_{table}",
        )

    def tables(self) -> dict[str, TableReport]:
        """Build all, and tell publishing of those written, even if a model then stops the build."""
        made = {}
        try:
            for model in ordered():
                if model.table is not None:
                    made[model.table.name] = self._table(model, model.table)
                if model.table is not None and model.table.is_recorded:
                    ledger = HISTORY[model.table.name]
                    made[ledger.name] = self._ledger(ledger, made[model.table.name])
        except WarehouseError:
            self.writer.finish()
            raise
        self.writer.finish()
        return made

    def _ledger(self, ledger: Table, of: TableReport) -> TableReport:
        """How a ledger stands after its table was built."""
        target = self._lake.table("warehouse", ledger.name)
        if not target.exists:
            open_ledger(self._con, self._lake, TABLES[ledger.name.removesuffix("_history")])
        return TableReport(target.num_rows, self.writer.closed(ledger), skipped=of.skipped)

    def _table(self, model: Model, table: Table) -> TableReport:
        """Build one table or a part of it, unless none of its inputs changed."""
        started = time.monotonic()
        if self.cache.is_current(model):
            return TableReport(self.cache.rows(model), skipped=True)
        is_kept, follows_loose = self.cache.is_kept(model), self._follows_loose(model)
        in_part = is_kept and not follows_loose
        part = self._reach.part(model, self.cache.rows(model)) if in_part else None
        rows, ops = self._written(model, table, part)
        if ops and (follows_loose or not is_kept):
            self._loose.add(model.name)
        attach(self._con, self._lake, [table.id], {table.id: table_schema(table)})
        self.cache.remember(model, rows)
        self._hold_rules(model)
        added, changed, removed = (ops.get(op, 0) for op in "IUD")
        seconds = round(time.monotonic() - started, 3)
        return TableReport(rows, added, changed, removed, seconds, partly=part is not None)

    def _written(self, model: Model, table: Table, part: Part | None) -> tuple[int, dict[str, int]]:
        """Build and write; returns the table's rows, and rows by what happened to them."""
        if part is not None:
            self.writer.make(table, f"select * from ({part.sql}) where {part.condition}")
            last = self.cache.rows(model)
            ops = self.writer.write(table, part, last)
            self._reach.keep_built(model.name, part)
            return last + ops.get("I", 0) - ops.get("D", 0), ops
        self._stage(model.inputs)
        self.writer.make(table, model.sql)
        [(rows,)] = run(self._con, "select count(*) from built")
        return rows, self.writer.write(table, None, rows)

    def _follows_loose(self, model: Model) -> bool:
        return not self._loose.isdisjoint(model.inputs)

    def _stage(self, names: Iterable[str]) -> None:
        """Make the stages among `names`, and those that they read, once."""
        for name in names:
            if name.startswith(RULE_STAGE) and name not in self._made:
                self._rule(self._models[name])
            elif name.startswith("stage.") and name not in self._made:
                self._stage(self._models[name].inputs)
                run(self._con, f"create table {name} as\n{self._models[name].sql}")
            self._made.add(name)

    def _rule(self, model: Model) -> None:
        """Run a rule, unless what it reads is as it was: then, or if it cannot run, keep its rows.

        A rule that the engine refuses says nothing about the data, and stops no other.
        """
        kind = model.name.removeprefix(RULE_STAGE)
        held = f"select * from {_RULED} where discrepancy_kind = {literal(kind)}"
        if not self.cache.is_held(model, self._models[_RULED]):
            try:
                self._con.execute(f"create table {model.name} as\n{self._rule_sql(model, held)}")
                self.rules[kind] = None
                return
            except (duckdb.Error, LakeError) as error:
                self.rules[kind] = type(error).__name__
        run(self._con, f"create view {model.name} as {held} and subject is not null")

    def _rule_sql(self, model: Model, held: str) -> str:
        """The rule's SELECT: if it may, for the residents reached only, beside what is held."""
        in_part = self.cache.is_held_but_for_inputs(model, self._models[_RULED])
        part = None
        if in_part and not self._follows_loose(model):
            part = self._reach.part(model, self.cache.rows(self._models[_PEOPLE]))
        if part is None:
            self._stage(model.inputs)
            return model.sql
        anew = f"select * from ({part.sql}) where {part.condition}"
        return f"{anew} union all {held} and not {part.condition}"

    def _hold_rules(self, model: Model) -> None:
        """Note which rules need not run again until something that they read changes."""
        if model.name != _RULED:
            return
        for stage in self._models.values():
            if not stage.name.startswith(RULE_STAGE):
                continue
            if self.rules.get(stage.name.removeprefix(RULE_STAGE)):
                self.cache.release(stage)
            else:
                self.cache.hold(stage, model)
