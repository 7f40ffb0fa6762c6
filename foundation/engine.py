"""DuckDB, set up the hub's way: one connection a step, in the step's own process, over the lake's
Parquet files.

    Lake -> attach() -> views zone.table -> SQL from .sql files -> run() rows, stream() Arrow

Time zone UTC, spill in the home's spill folder, no extension downloads, row order not preserved
(say ORDER BY). No database file is made, so readers are never locked out. Secrets needed: none.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import duckdb
import pyarrow as pa

from foundation.errors import LakeError
from foundation.home import Home
from foundation.redact import safe_exception

if TYPE_CHECKING:
    from foundation.lake import Lake, Snapshot

Params = Mapping[str, Any] | Sequence[Any] | None
BATCH_ROWS = 131_072


def connect(
    home: Home | Path, memory_limit: str = "2500MB", threads: int | None = None
) -> duckdb.DuckDBPyConnection:
    """A new in-memory connection. `home` gives the spill folder; a Path is the spill folder itself.

    memory_limit bounds DuckDB's buffers, beyond which it spills; the process uses about 0.5 GB
    more.
    """
    spill = home.process_spill() if isinstance(home, Home) else home
    spill.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": memory_limit,
            "temp_directory": str(spill / uuid4().hex),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "false",
            **({"threads": str(threads)} if threads else {}),
        },
    )
    connection.execute("load icu; set TimeZone = 'UTC'; set enable_progress_bar = false")
    return connection


@contextmanager
def borrow(spill: Path, memory_limit: str = "768MB") -> Iterator[duckdb.DuckDBPyConnection]:
    """A small connection that stays open for this thread's next borrower with the same arguments:
    opening one costs 15 ms, and a night asks some hundred times.

    What is made on it must be temporary; it is dropped at the end.
    """
    kept: tuple[tuple[Path, str], duckdb.DuckDBPyConnection] | None
    kept = getattr(_KEPT, "connection", None)
    if kept is None or kept[0] != (spill, memory_limit) or not spill.exists():
        if kept is not None:
            kept[1].close()
        kept = _KEPT.connection = (spill, memory_limit), connect(spill, memory_limit)
    try:
        yield kept[1]
    except BaseException:
        # It may still be in the middle of a statement.
        del _KEPT.connection
        kept[1].close()
        raise
    for [name] in run(kept[1], "select table_name from duckdb_tables() where temporary"):
        run(kept[1], f"drop table {quote(name)}")


_KEPT = threading.local()


def attach(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    names: Iterable[str],
    schemas: Mapping[str, pa.Schema] | None = None,
    snapshot: Snapshot | None = None,
) -> None:
    """Create or replace one view `zone.table` for each name, over that table's files as they are
    now.

    schemas: the declared Arrow schema by name. A table that does not exist yet becomes an empty
    view of that shape, and a declared column that the table does not have yet is null. Without a
    schema a missing table is a LakeError.
    snapshot: read the versions that it names instead of the present ones.
    """
    names = list(names)
    for zone in dict.fromkeys(name.partition(".")[0] for name in names):
        run(con, f"create schema if not exists {quote(zone)}")
    for name in names:
        declared = (schemas or {}).get(name)
        version = snapshot.versions.get(name) if snapshot else None
        _attach_one(con, lake, name, declared, version)


def run(con: duckdb.DuckDBPyConnection, sql: str, params: Params = None) -> list[tuple[Any, ...]]:
    """Execute one or more statements and return all rows of the last. Raises LakeError without
    row values."""
    try:
        return con.execute(sql, params).fetchall()
    except duckdb.Error as error:
        raise _failed(sql, error) from None


def content_sql(columns: Iterable[str]) -> str:
    """SQL for a number of 64 bits that stands for the columns' values, as text in order.

    DuckDB's ``hash()`` will not do where a collision would hide a difference: it is weak on long
    texts, of which some per cent of a county's addresses collide with their neighbours.
    """
    return f"md5_number_lower(row({', '.join(columns)})::varchar)"


def stream(
    con: duckdb.DuckDBPyConnection, sql: str, params: Params = None, rows: int = BATCH_ROWS
) -> pa.RecordBatchReader:
    """Run one SELECT and yield its rows as Arrow batches of up to `rows`, without holding them all.

    Read it to its end before the connection is used again: another statement breaks it.
    """
    try:
        relation = con.sql(sql, params=params)
        return relation.to_arrow_reader(rows)
    except duckdb.Error as error:
        raise _failed(sql, error) from None


def register(
    con: duckdb.DuckDBPyConnection, name: str, data: pa.Table | pa.RecordBatchReader
) -> None:
    """Materialise Arrow data as the temporary table `name`; it spills where it must, and can be
    read many times."""
    source = f"_arrow_{uuid4().hex}"
    con.register(source, data)
    try:
        run(con, f"create or replace temp table {quote(name)} as select * from {quote(source)}")
    finally:
        con.unregister(source)


@cache
def read_sql(package: str, name: str) -> str:
    """The text of `name`.sql beside the package's modules."""
    source = files(package) / f"{name}.sql"
    try:
        return source.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LakeError(
            f"{package}/{name}.sql",
            "there is no such file",
            "nothing was run",
            "check the installation",
        ) from None


def quote(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string. For file names, which DuckDB takes in no other way in a view; values go as
    parameters."""
    return "'" + text.replace("'", "''") + "'"


def select_table(
    con: duckdb.DuckDBPyConnection,
    paths: Sequence[str],
    present: pa.Schema,
    declared: pa.Schema | None = None,
) -> str:
    """SQL that reads `paths`, Parquet files of one table, as the columns of `present`, then of
    `declared`."""
    if not paths:
        extra = [field for field in declared or () if field.name not in present.names]
        types = _duckdb_types(con, pa.schema([*present, *extra]))
        nulls = (f"cast(null as {kind}) as {quote(name)}" for name, kind in types)
        return f"select {', '.join(nulls)} where false"
    return f"select {_columns(con, present, declared)} from {_parquet(paths)}"


def select_layers(
    con: duckdb.DuckDBPyConnection,
    paths: Sequence[str],
    key: Sequence[str],
    present: pa.Schema,
    declared: pa.Schema | None = None,
) -> str:
    """The same for a table with layers (layers.py): of each key the row of its last layer."""
    keys = ", ".join(map(quote, key))
    shown = ", ".join(map(quote, present.names))
    # Not materialized, or every query would read all columns. One list of files for base and
    # layers: a column that only one of them has is null in the other.
    every = _parquet(paths, ", hive_partitioning = true")
    last = (
        f"select * from {every} where _layer > 0"
        f" qualify row_number() over (partition by {keys} order by _layer desc) = 1"
    )
    return (
        f"with _last as not materialized (select {shown}, _gone from ({last}))"
        f" select {_columns(con, present, declared)} from ("
        f"select {shown} from {every} anti join _last using ({keys}) where _layer = 0"
        f" union all select {shown} from _last where _gone is not true)"
    )


def pick_layers(
    con: duckdb.DuckDBPyConnection,
    paths: Sequence[str],
    key: Sequence[str],
    present: pa.Schema,
    keys: str,
    into: str,
) -> None:
    """Make the temporary table `into` of the rows whose keys are in the relation `keys`: from the
    layers first, and from the base only if they do not have them all."""
    using, shown = (", ".join(map(quote, names)) for names in (key, present.names))
    every = _parquet(paths, ", hive_partitioning = true")
    run(
        con,
        f"""create or replace temp table _late as
        select {shown}, _gone from {every} semi join {keys} using ({using}) where _layer > 0
        qualify row_number() over (partition by {using} order by _layer desc) = 1;
        create or replace temp table _early as select {using} from {keys} anti join _late
        using ({using});
        create or replace temp table {into} as select {shown} from _late where _gone is not true;
        drop table _late""",
    )
    if run(con, "select 1 from _early limit 1"):
        base = f"select {shown} from {every} semi join _early using ({using}) where _layer = 0"
        run(con, f"insert into {into} {base}")


def select_keys(paths: Sequence[str], key: Sequence[str]) -> str:
    """SQL of the distinct keys in these files."""
    return f"select distinct {', '.join(map(quote, key))} from {_parquet(paths)}"


def _columns(con: duckdb.DuckDBPyConnection, present: pa.Schema, declared: pa.Schema | None) -> str:
    extra = [field for field in declared or () if field.name not in present.names]
    nulls = [
        f"cast(null as {kind}) as {quote(name)}"
        for name, kind in (_duckdb_types(con, pa.schema(extra)) if extra else ())
    ]
    return ", ".join([*map(quote, present.names), *nulls])


def _parquet(paths: Sequence[str], option: str = ", hive_partitioning = false") -> str:
    listed = ", ".join(map(literal, paths))
    return f"read_parquet([{listed}], union_by_name = true{option})"


def _attach_one(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    name: str,
    declared: pa.Schema | None,
    version: int | None,
) -> None:
    zone, _, table_name = name.partition(".")
    table = lake.table(zone, table_name)
    if table.exists:
        select = table.select(con, declared, version)
    elif declared is not None:
        select = select_table(con, [], declared)
    else:
        raise LakeError(
            name,
            "the table does not exist yet",
            "nothing was read",
            "run `hub sync`, which makes it",
        )
    run(con, f"create or replace view {quote(zone)}.{quote(table_name)} as {select}")


def _duckdb_types(con: duckdb.DuckDBPyConnection, schema: pa.Schema) -> list[tuple[str, str]]:
    """Names and DuckDB types of the columns. Remembered, as they are the same on every connection:
    a step attaches most tables of the hub, and making a relation takes longer than making a view.
    """
    key = tuple((field.name, str(field.type)) for field in schema)
    if key not in _TYPES:
        relation = con.from_arrow(schema.empty_table())
        _TYPES[key] = list(zip(relation.columns, map(str, relation.types), strict=True))
    return _TYPES[key]


_TYPES: dict[tuple[tuple[str, str], ...], list[tuple[str, str]]] = {}


def _failed(sql: str, error: Exception) -> LakeError:
    opening = next((line.strip("- ") for line in sql.splitlines() if line.strip()), "")[:60]
    return LakeError(
        f"SQL beginning {opening!r}",
        safe_exception(error),
        "the statement changed nothing",
        "see the message; `hub sql` runs statements by hand",
    )
