"""The published tables as open files, for Spark, Trino, pandas and DuckDB: what api_v1 shows.

    lake snapshot -> <folder>/delta/<table> (Delta, Parquet), manifest.json, warehouse.duckdb

Masked as the views are: a column that no view shows is in no file, and tables that are sensitive
in themselves are left out unless asked for. A table is written when it or its declaration changed.
The DuckDB file is written aside and swapped. Readers go by the manifest, which names the Delta
version of every table that belong together. No secrets. Alone: ``hub export``.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
from deltalake import DeltaTable, write_deltalake

from foundation.engine import attach, quote, run, stream
from foundation.errors import LakeError
from foundation.lake import Snapshot
from pipelines.hub import Hub
from pipelines.publish.contract import RESTRICTED, shown
from schemas.derive import documentation, literal, table_schema
from schemas.model import Table
from schemas.warehouse import TABLES

MANIFEST, DATABASE = "manifest.json", "warehouse.duckdb"
KEEP_HOURS = 24


@dataclass(frozen=True)
class OpenTable:
    """One table as it lies in the folder. ``of``: what it was made from; ``version``: Delta's."""

    path: str
    version: int
    rows: int
    columns: tuple[str, ...]
    of: str


@dataclass(frozen=True)
class OpenReport:
    """Where the files lie, of which snapshot and night they are, and what was written anew."""

    folder: str
    snapshot: int
    as_of: str
    tables: int
    written: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for ``--json`` and metadata."""
        return asdict(self)


def write_open_files(hub: Hub, folder: Path, sensitive: bool = False) -> OpenReport:
    """Bring the folder to the last snapshot. Repeating it writes nothing.

    ``sensitive`` adds the tables and columns that need the grant for sensitive data. Raises
    LakeError if nothing was published yet.
    """
    snapshot = hub.lake.snapshot()
    if snapshot is None:
        raise LakeError(
            "open files", "nothing is published yet", "nothing was written", "run `hub sync` first"
        )
    tables = [table for table in TABLES.values() if sensitive or table.name not in RESTRICTED]
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    before = _manifest(folder)
    con = hub.connect()
    try:
        attach(con, hub.lake, [t.id for t in tables], _schemas(tables), snapshot)
        found = {t.name: _open_table(con, t, folder, snapshot, before) for t in tables}
        _remove_others(folder / "delta", set(found))
        written = tuple(name for name, one in found.items() if one != before.get(name))
        if written or set(found) != set(before) or not (folder / DATABASE).exists():
            _write_database(con, tables, folder / DATABASE)
            _write_manifest(folder, snapshot, found)
    finally:
        con.close()
    return OpenReport(str(folder), snapshot.number, snapshot.note, len(found), written)


def _remove_others(delta: Path, names: set[str]) -> None:
    """Tables that are not to be here any more, such as sensitive ones that were asked for once."""
    for path in delta.iterdir():
        if path.name not in names:
            shutil.rmtree(path)


def _schemas(tables: list[Table]) -> dict[str, Any]:
    return {table.id: table_schema(table) for table in tables}


def _open_table(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    folder: Path,
    snapshot: Snapshot,
    before: Mapping[str, OpenTable],
) -> OpenTable:
    """The table as it lies there, written anew if it is of another version or shape."""
    columns = tuple(column.name for column in shown(table))
    path = folder / "delta" / table.name
    of = f"{snapshot.versions.get(table.id)} {','.join(columns)}"
    last = before.get(table.name)
    if last and last.of == of and path.exists():
        return last
    with stream(con, _select(table)) as rows:
        write_deltalake(
            path,
            rows,
            mode="overwrite",
            schema_mode="overwrite",
            name=table.name,
            description=f"{table.title_zh} · {table.grain}",
        )
    # Readers of the version before have a day; not where it shows what may be seen no longer.
    keep = KEEP_HOURS if set(last.columns if last else ()) <= set(columns) else 0
    DeltaTable(path).vacuum(keep, dry_run=False, enforce_retention_duration=False)
    [(count,)] = run(con, f"select count(*) from {table.id}")
    return OpenTable(f"delta/{table.name}", DeltaTable(path).version(), count, columns, of)


def _select(table: Table) -> str:
    columns = ", ".join(quote(column.name) for column in shown(table))
    return f"select {columns} from {table.id}"


def _write_database(con: duckdb.DuckDBPyConnection, tables: list[Table], target: Path) -> None:
    """One DuckDB file with all tables and their comments, swapped in when it is whole."""
    aside = target.with_suffix(".new")
    aside.unlink(missing_ok=True)
    run(con, f"attach {literal(str(aside))} as open_file")
    try:
        run(con, "create schema open_file.api_v1")
        for table in tables:
            name = f"open_file.api_v1.{quote(table.name)}"
            run(con, f"create table {name} as {_select(table)}")
            run(con, f"comment on table {name} is {literal(f'{table.title_zh}: {table.grain}')}")
            for column in shown(table):
                said = literal(f"{column.title_zh}: {documentation(column)}")
                run(con, f"comment on column {name}.{quote(column.name)} is {said}")
    finally:
        run(con, "detach open_file")
    aside.replace(target)


def _manifest(folder: Path) -> dict[str, OpenTable]:
    """What the folder held after the last whole writing; nothing if there was none."""
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["tables"]
        return {
            name: OpenTable(**{**one, "columns": tuple(one["columns"])})
            for name, one in said.items()
        }
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def _write_manifest(folder: Path, snapshot: Snapshot, tables: Mapping[str, OpenTable]) -> None:
    said = {
        "snapshot": snapshot.number,
        "as_of": snapshot.note,
        "duckdb": DATABASE,
        "tables": {name: asdict(one) for name, one in tables.items()},
    }
    aside = folder / f"{MANIFEST}.new"
    aside.write_text(json.dumps(said, indent=1, ensure_ascii=False), encoding="utf-8")
    aside.replace(folder / MANIFEST)
