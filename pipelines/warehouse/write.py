"""Write what a build made of a table: only the rows that differ, and their keys for publishing.

    built (whole or a part) + warehouse.<table> -> difference -> the table; last, warehouse.change
    of a recorded table also -> history.py

Where few rows differ they are merged, which costs what they cost; where many do, or the table's
columns are new, it is replaced. Needs no secrets.
"""

from collections.abc import Iterable
from datetime import date
from uuid import uuid4

import duckdb
import pyarrow as pa

from foundation.engine import attach, run, stream
from foundation.errors import WarehouseError
from foundation.lake import Lake
from pipelines.difference import difference_sql
from pipelines.warehouse.history import close_versions, open_ledger
from pipelines.warehouse.journal import Journal
from pipelines.warehouse.reach import Part
from schemas.derive import duckdb_type, literal, quoted, table_schema
from schemas.model import Table
from schemas.warehouse import HISTORY

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
# Above this share of changed rows a table is published whole: that is faster than by key.
_WHOLE_SHARE, _WHOLE_ROWS = 0.3, 10_000
# Above this share of changed rows replacing a table that was built whole is faster than a merge.
_MERGED_SHARE, _MERGED_ROWS = 0.05, 50_000


class Writer:
    """Writes the tables of one build, whose number follows that of the last that changed any."""

    def __init__(self, con: duckdb.DuckDBPyConnection, lake: Lake, night: date) -> None:
        self._con, self._lake, self._night = con, lake, night
        attach(con, lake, [CHANGE_TABLE], {CHANGE_TABLE: CHANGE_SCHEMA})
        [(number,)] = run(con, f"select coalesce(max(build), 0) from {CHANGE_TABLE}")
        self.last_build = int(number)
        self._number = self.last_build + 1
        self._journal = Journal(lake)
        self._begun = False
        unsure = self._journal.take_back(self.last_build)
        run(con, f"create temp table told as select * from {CHANGE_TABLE} limit 0")
        for name in unsure:
            self._tell(f"select {literal(name)}, 'R', cast([] as varchar[])")

    def closed(self, ledger: Table) -> int:
        """How many versions this build brought to a ledger."""
        told = f'select count(*) from told where "table" = {literal(ledger.name)}'
        return int(run(self._con, told)[0][0])

    def finish(self) -> None:
        """Tell publishing in one commit what was written; before it the build has not been."""
        if not self._begun:
            return
        rows = self._con.sql("select * from told").to_arrow_table().cast(CHANGE_SCHEMA)
        self._lake.table(*CHANGE_TABLE.split(".")).append(pa.concat_tables([self._mark(), rows]))
        self._journal.end()
        self.last_build = self._number

    def make(self, table: Table, sql: str) -> None:
        """Make ``built`` of a SELECT, in the declared columns; a key that comes twice stops it."""
        columns = ", ".join(
            f"cast({quoted(one.name)} as {duckdb_type(one)}) as {quoted(one.name)}"
            for one in table.columns
        )
        run(self._con, f"create or replace temp table built as select {columns} from (\n{sql}\n)")
        doubled = self._doubled(table)
        if doubled:
            raise WarehouseError(
                table.id,
                f"{doubled} rows of its model have a key ({', '.join(table.key)}) twice or null",
                "the table keeps its last state",
                f"correct pipelines/warehouse/sql/{table.name}.sql or the rows that it reads",
            )

    def write(self, table: Table, part: Part | None, rows: int) -> dict[str, int]:
        """Bring the lake's table to ``built``; returns how many rows were I, U and D.

        part: what ``built`` is, if not all of the table. rows: of the whole table, as it will be
        but for what ``built`` adds to it.
        """
        target = self._lake.table("warehouse", table.name)
        there, declared = target.schema().names if target.exists else [], table_schema(table).names
        fits = there == declared
        # A new column is null in the rows of before: those in which it stays null are not moved.
        grows = bool(there) and set(there) <= set(declared)
        ops = self._difference(table, part) if target.exists else {"I": rows}
        touched = sum(ops.values())
        if touched or not fits:
            whole = not grows or touched > max(rows * _WHOLE_SHARE, _WHOLE_ROWS)
            self._record(table, whole)
            if table.is_recorded:
                self._keep(table, part, ops if target.exists else {})
            self._commit(table, part is not None or (fits and _is_few(touched, rows)))
        return ops

    def _keep(self, table: Table, part: Part | None, ops: dict[str, int]) -> None:
        """Close in the table's ledger what the difference ends."""
        open_ledger(self._con, self._lake, table)
        stored = "stored" if part else table.id
        if not ops or not close_versions(self._con, self._lake, table, stored, self._night):
            return
        ledger = HISTORY[table.name]
        key = ", ".join(f"cast({quoted(name)} as varchar)" for name in ledger.key)
        self._tell(f"select {literal(ledger.name)}, 'I', [{key}] from closed")

    def _commit(self, table: Table, by_key: bool) -> None:
        target = self._lake.table("warehouse", table.name)
        if not by_key:
            target.replace(stream(self._con, "select * from built"))
            return
        keys = _listed(table.key)
        gone = self._con.sql(f"select {keys} from difference where op = 'D'").to_arrow_table()
        come = f"(select {keys} from difference where op <> 'D')"
        changes = stream(self._con, f"select * from built semi join {come} using ({keys})")
        target.merge(changes, gone, list(table.key))

    def _doubled(self, table: Table) -> int:
        """Rows of `built` too many for their keys; by hash first, which is cheaper."""
        keys = _listed(table.key)
        null = " or ".join(f"{quoted(name)} is null" for name in table.key)
        count = (
            f"select count(*) - count(distinct {{}}) + count(*) filter (where {null}) from built"
        )
        [(suspected,)] = run(self._con, count.format(f"hash({keys})"))
        return int(run(self._con, count.format(f"({keys})"))[0][0]) if suspected else 0

    def _difference(self, table: Table, part: Part | None) -> dict[str, int]:
        sql = difference_sql(self._con, table, "built", self._stored(table, part))
        run(self._con, f"create or replace temp table difference as {sql}")
        return dict(run(self._con, "select op, count(*) from difference group by op"))

    def _stored(self, table: Table, part: Part | None) -> str:
        """The relation of what `built` is compared with; of a part, a table of its own."""
        if part is None:
            return table.id
        columns = _listed(one.name for one in table.columns)
        run(
            self._con,
            f"""create or replace temp table stored as
            select {columns} from {table.id} where {part.condition}""",
        )
        return "stored"

    def _record(self, table: Table, whole: bool) -> None:
        """Note what publishing is to move."""
        key = f"[{_listed(table.key)}]"
        what = "'R', cast([] as varchar[])" if whole else f"op, {key} from difference"
        self._tell(f"select {literal(table.name)}, {what}")

    def _tell(self, select: str) -> None:
        """Add rows of table, op and key to what will be told, before the first of them is so."""
        if not self._begun:
            self._journal.begin(self._number)
            self._begun = True
        run(self._con, f"insert into told select {self._number}, * from ({select})")

    def _mark(self) -> pa.Table:
        """The build's own row: by its id publishing knows the history it has followed."""
        row = {"build": self._number, "table": "", "op": "B", "key": [uuid4().hex]}
        return pa.Table.from_pylist([row], schema=CHANGE_SCHEMA)


def _is_few(touched: int, rows: int) -> bool:
    return rows > _MERGED_ROWS and touched < rows * _MERGED_SHARE


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(quoted, names))
