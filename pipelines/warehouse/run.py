"""The warehouse step: build every table whose inputs changed, write only what differs.

    conformed.*, identity.*, hub.* -> sql/*.sql -> compare -> warehouse.<table>, warehouse.change

``warehouse.change`` holds the keys that each build added, changed or removed: publishing reads it.
Needs no secrets. Alone: ``build(Hub.open(Home.find()))``.
"""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa

from foundation.engine import attach, register, run, stream
from foundation.errors import LakeError, WarehouseError
from pipelines.hub import Hub
from pipelines.warehouse.inputs import InputCache
from pipelines.warehouse.models import RULE_STAGE, Model, lake_inputs, ordered
from pipelines.warehouse.survivorship import trust_table
from schemas.derive import duckdb_type, literal, quoted, table_schema
from schemas.model import Table

CHANGE_TABLE = "warehouse.change"
# op: I, U, D by key; R for a table that is to be published whole; B, without a table, for the build
# itself. key: the key columns' values, in order; of a build, an id of its own.
CHANGE_SCHEMA = pa.schema(
    [
        ("build", pa.int64()),
        ("table", pa.string()),
        ("op", pa.string()),
        ("key", pa.list_(pa.string())),
    ]
)
_RULED = "warehouse.discrepancy"
# Above this share of changed rows a table is published whole: that is faster than by key.
_WHOLE_SHARE, _WHOLE_ROWS = 0.3, 10_000


@dataclass(frozen=True)
class TableReport:
    """What one build did to one table, in rows; ``skipped``: no input had changed."""

    rows: int
    added: int = 0
    changed: int = 0
    removed: int = 0
    seconds: float = 0.0
    skipped: bool = False

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
        tables = {
            model.table.name: builder.table(model, model.table)
            for model in ordered()
            if model.table is not None
        }
        builder.cache.save()
    finally:
        con.close()
    seconds = round(time.monotonic() - started, 3)
    return WarehouseReport(builder.last_build, tables, seconds, builder.rules)


class _Builder:
    """One build: the connection, and which stages exist in it already."""

    def __init__(self, hub: Hub, con: duckdb.DuckDBPyConnection) -> None:
        self._lake, self._con = hub.lake, con
        self._made: set[str] = set()
        self.rules: dict[str, str | None] = {}
        self._is_marked = False
        self._models = {model.name: model for model in ordered()}
        trust = trust_table()
        self.cache = InputCache(
            hub.lake,
            {
                "parameter.as_of": hub.as_of.isoformat(),
                "parameter.trust": hashlib.sha256(str(trust.to_pylist()).encode()).hexdigest(),
            },
        )
        self._prepare(hub, trust)
        self.last_build = self._last_build()
        self._number = self.last_build + 1

    def _last_build(self) -> int:
        attach(self._con, self._lake, [CHANGE_TABLE], {CHANGE_TABLE: CHANGE_SCHEMA})
        [(number,)] = run(self._con, f"select coalesce(max(build), 0) from {CHANGE_TABLE}")
        return int(number)

    def _prepare(self, hub: Hub, trust: pa.Table) -> None:
        inputs = lake_inputs()
        attach(self._con, self._lake, inputs, inputs)
        run(
            self._con,
            "create schema stage; create schema parameter; create schema if not exists warehouse",
        )
        as_of = literal(hub.as_of.isoformat())
        run(self._con, f"create view parameter.as_of as select cast({as_of} as date) as as_of")
        register(self._con, "trust", trust)
        run(self._con, "create view parameter.trust as select * from temp.trust")

    def table(self, model: Model, table: Table) -> TableReport:
        """Build one table, unless none of its inputs changed."""
        started = time.monotonic()
        target = self._lake.table("warehouse", table.name)
        if self.cache.is_current(model):
            self._attach(table)
            return TableReport(target.num_rows, skipped=True)
        self._attach(table)
        self._make(model, table)
        report = self._write(table)
        run(self._con, "drop table built")
        self._attach(table)
        self.cache.remember(model)
        self._hold_rules(model)
        return replace(report, seconds=round(time.monotonic() - started, 3))

    def _attach(self, table: Table) -> None:
        attach(self._con, self._lake, [table.id], {table.id: table_schema(table)})

    def _make(self, model: Model, table: Table) -> None:
        self._stage(model.inputs)
        columns = ", ".join(
            f"cast({quoted(one.name)} as {duckdb_type(one)}) as {quoted(one.name)}"
            for one in table.columns
        )
        run(self._con, f"create temp table built as select {columns} from (\n{model.sql}\n)")
        doubled = self._doubled(table)
        if doubled:
            raise WarehouseError(
                table.id,
                f"{doubled} rows of its model have a key ({', '.join(table.key)}) twice or null",
                "the table keeps its last state",
                f"correct pipelines/warehouse/sql/{table.name}.sql or the rows that it reads",
            )

    def _doubled(self, table: Table) -> int:
        """Rows of `built` too many for their keys; by hash first, which is cheaper."""
        keys = _listed(table.key)
        null = " or ".join(f"{quoted(name)} is null" for name in table.key)
        count = (
            f"select count(*) - count(distinct {{}}) + count(*) filter (where {null}) from built"
        )
        [(suspected,)] = run(self._con, count.format(f"hash({keys})"))
        return int(run(self._con, count.format(f"({keys})"))[0][0]) if suspected else 0

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
        if not self.cache.is_held(model, self._models[_RULED]):
            try:
                self._stage(model.inputs)
                self._con.execute(f"create table {model.name} as\n{model.sql}")
                self.rules[kind] = None
                return
            except (duckdb.Error, LakeError) as error:
                self.rules[kind] = type(error).__name__
        run(
            self._con,
            f"""create view {model.name} as select * from {_RULED}
            where discrepancy_kind = {literal(kind)} and subject is not null""",
        )

    def _hold_rules(self, model: Model) -> None:
        """Note which rules need not run again until something that they read changes."""
        if model.name != _RULED:
            return
        for stage in self._models.values():
            kind = stage.name.removeprefix(RULE_STAGE)
            if stage.name.startswith(RULE_STAGE) and not self.rules.get(kind):
                self.cache.hold(stage, model)

    def _write(self, table: Table) -> TableReport:
        """Compare `built` with the lake's table; where they differ, record it and replace."""
        target = self._lake.table("warehouse", table.name)
        [(rows,)] = run(self._con, "select count(*) from built")
        fits = target.exists and target.schema().names == table_schema(table).names
        ops = self._difference(table) if target.exists else {"I": rows}
        touched = sum(ops.values())
        if touched or not fits:
            whole = not fits or touched > max(rows * _WHOLE_SHARE, _WHOLE_ROWS)
            self._record(table, whole)
            target.replace(stream(self._con, "select * from built"))
        return TableReport(rows, ops.get("I", 0), ops.get("U", 0), ops.get("D", 0))

    def _difference(self, table: Table) -> dict[str, int]:
        keys = _listed(table.key)
        hashed = f"select {keys}, hash({_listed(one.name for one in table.columns)}) as _hash from"
        run(
            self._con,
            f"""create or replace temp table difference as
            select {keys},
                case when l._hash is null then 'D' when o._hash is null then 'I' else 'U' end as op
            from ({hashed} built) as l
            full join ({hashed} {table.id}) as o using ({keys})
            where l._hash is distinct from o._hash""",
        )
        return dict(run(self._con, "select op, count(*) from difference group by op"))

    def _record(self, table: Table, whole: bool) -> None:
        """Tell publishing what to move, before it is written: a kill between loses nothing."""
        key = f"[{_listed(table.key)}]"
        sql = (
            f'select cast({self._number} as bigint) as build, {literal(table.name)} as "table",'
            + (
                " 'R' as op, cast([] as varchar[]) as key"
                if whole
                else f" op, {key} as key from difference"
            )
        )
        rows = self._con.sql(sql).to_arrow_table().cast(CHANGE_SCHEMA)
        self._lake.table(*CHANGE_TABLE.split(".")).append(pa.concat_tables([self._mark(), rows]))
        self.last_build = self._number

    def _mark(self) -> pa.Table:
        """The build's own row, once: by its id publishing knows the history it has followed."""
        row = {"build": self._number, "table": "", "op": "B", "key": [uuid4().hex]}
        marks = [] if self._is_marked else [row]
        self._is_marked = True
        return pa.Table.from_pylist(marks, schema=CHANGE_SCHEMA)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(quoted(name) for name in names)
