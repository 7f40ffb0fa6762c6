"""What follows from a declaration: Arrow schemas, DDL, documentation.

    Feed, Table -> pa.Schema (raw, conformed, quarantine, warehouse), CREATE TABLE, COMMENT ON

Needs no secrets. Alone: ``python -c "from schemas.derive import *; print(conformed_schema(...))"``.
"""

from collections.abc import Iterable

import pyarrow as pa

from schemas.model import Column, Feed, Table, Type

UTC_INSTANT = pa.timestamp("us", tz="UTC")

_ARROW: dict[Type, pa.DataType] = {
    Type.TEXT: pa.string(),
    Type.CODE: pa.string(),
    Type.INTEGER: pa.int64(),
    Type.DECIMAL: pa.float64(),
    Type.BOOLEAN: pa.bool_(),
    Type.DATE: pa.date32(),
    Type.MONTH: pa.string(),
    Type.TIMESTAMP: UTC_INSTANT,
    Type.TEXT_LIST: pa.list_(pa.string()),
}
_POSTGRES: dict[Type, str] = {
    Type.TEXT: "text",
    Type.CODE: "text",
    Type.INTEGER: "bigint",
    Type.DECIMAL: "double precision",
    Type.BOOLEAN: "boolean",
    Type.DATE: "date",
    Type.MONTH: "text",
    Type.TIMESTAMP: "timestamptz",
    Type.TEXT_LIST: "text[]",
}
_DUCKDB = {**_POSTGRES, Type.DECIMAL: "double", Type.TEXT_LIST: "text[]"}

RAW_META: tuple[tuple[str, pa.DataType], ...] = (
    ("_key", pa.string()),
    ("_hash", pa.string()),
    ("_op", pa.string()),
    ("_batch", pa.int64()),
    ("_row", pa.int64()),
    ("_received_at", UTC_INSTANT),
    ("_cursor", pa.string()),
    ("_extra", pa.string()),
)
CONFORMED_META: tuple[tuple[str, pa.DataType], ...] = (
    ("_key", pa.string()),
    ("_hash", pa.string()),
    ("_batch", pa.int64()),
    ("_row", pa.int64()),
    ("_received_at", UTC_INSTANT),
    ("_stale", pa.bool_()),
    ("_warnings", pa.list_(pa.string())),
    ("_rules_version", pa.string()),
)
QUARANTINE_META: tuple[tuple[str, pa.DataType], ...] = (
    *RAW_META,
    ("_rules", pa.list_(pa.string())),
    ("_rules_version", pa.string()),
    ("_since", UTC_INSTANT),
)


def _schema(columns: Iterable[tuple[str, pa.DataType]]) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in columns])


def raw_schema(feed: Feed) -> pa.Schema:
    """Every cell as text under the department's name, then where and when it was delivered."""
    return _schema([*((source, pa.string()) for source in feed.sources), *RAW_META])


def quarantine_schema(feed: Feed) -> pa.Schema:
    """A raw row, and the rules that it broke."""
    return _schema([*((source, pa.string()) for source in feed.sources), *QUARANTINE_META])


def conformed_columns(column: Column) -> tuple[tuple[str, pa.DataType], ...]:
    """The conformed columns of one declared column: one, or three for a fuzzy date."""
    own = (column.name, _ARROW[column.type])
    if not column.fuzzy:
        return (own,)
    return (own, (f"{column.name}_precision", pa.string()), (f"{column.name}_text", pa.string()))


def conformed_schema(feed: Feed) -> pa.Schema:
    """The feed in the hub's names and types, then its verdict."""
    own = [pair for column in feed.columns for pair in conformed_columns(column)]
    return _schema([*own, *CONFORMED_META])


def table_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a declared table."""
    return _schema([(column.name, _ARROW[column.type]) for column in table.columns])


def duckdb_type(column: Column) -> str:
    """The DuckDB type of a column's conformed value."""
    return _DUCKDB[column.type]


def postgres_type(column: Column) -> str:
    """The PostgreSQL type of a column's value."""
    return _POSTGRES[column.type]


def quoted(name: str) -> str:
    """A name as an SQL identifier, in DuckDB and PostgreSQL alike."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal, in DuckDB and PostgreSQL alike."""
    return "'" + text.replace("'", "''") + "'"


def postgres_ddl(table: Table, schema: str) -> str:
    """``CREATE TABLE`` without keys and indexes: those come after the load."""
    lines = ",\n  ".join(
        f"{quoted(column.name)} {postgres_type(column)}"
        + (" not null" * (column.name in table.key))
        for column in table.columns
    )
    return f"create table {quoted(schema)}.{quoted(table.name)} (\n  {lines}\n)"


def documentation(column: Column) -> str:
    """A column's meaning in one line: description, unit, standard."""
    more = [f"unit {column.unit}" if column.unit else "", column.standard or ""]
    return "; ".join(part for part in (column.description, *more) if part)
