"""The base tables as SQLAlchemy knows them: what a revision is made from and compared with.

    schemas.warehouse.TABLES -> metadata() -> alembic autogenerate, the test of the head revision

Needs no secrets. Alone: ``python -c "from pipelines.publish.metadata import *; metadata()"``.
"""

import hashlib
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION

from schemas.model import Column, Table, Type
from schemas.warehouse import TABLES

SCHEMA = "warehouse"
# What a publication needs for itself; no revision made from the declarations touches it.
OWN_TABLES = frozenset({"alembic_version", "publication", "published_table", "change_feed"})
_LONGEST = 63  # bytes of a name in PostgreSQL
_TYPES: dict[Type, sa.types.TypeEngine[Any]] = {
    Type.TEXT: sa.Text(),
    Type.CODE: sa.Text(),
    Type.INTEGER: sa.BigInteger(),
    Type.DECIMAL: DOUBLE_PRECISION(),
    Type.BOOLEAN: sa.Boolean(),
    Type.DATE: sa.Date(),
    Type.MONTH: sa.Text(),
    Type.TIMESTAMP: sa.DateTime(timezone=True),
    Type.TEXT_LIST: ARRAY(sa.Text()),
}


def metadata() -> sa.MetaData:
    """Every declared base table, with its key and indexes, in the schema ``warehouse``."""
    declared = sa.MetaData(schema=SCHEMA)
    for table in TABLES.values():
        sa.Table(
            table.name,
            declared,
            *(_column(table, column) for column in table.columns),
            sa.PrimaryKeyConstraint(*table.key, name=key_name(table.name)),
            *(sa.Index(index_name(table.name, index), *index) for index in table.indexes),
        )
    return declared


def comparison() -> dict[str, Any]:
    """How alembic is to compare a database with metadata(): the base tables and no other."""
    return {
        "include_schemas": True,
        "include_name": _is_base,
        "compare_type": True,
        "version_table_schema": SCHEMA,
    }


def _is_base(name: str | None, kind: str, _parents: Any) -> bool:
    return name == SCHEMA if kind == "schema" else kind != "table" or name not in OWN_TABLES


def key_name(table: str) -> str:
    """The name of a table's primary key; names.sql gives the same."""
    return _fitting(f"{table}_pkey")


def index_name(table: str, columns: tuple[str, ...]) -> str:
    """The name of an index, by what it is on; names.sql gives the same."""
    return _fitting(f"{table}_{'_'.join(columns)}_idx")


def _fitting(name: str) -> str:
    if len(name.encode()) <= _LONGEST:
        return name
    return f"{name[:54]}_{hashlib.md5(name.encode()).hexdigest()[:8]}"


def _column(table: Table, column: Column) -> sa.Column[Any]:
    return sa.Column(column.name, _TYPES[column.type], nullable=column.name not in table.key)
