"""Arrow tables as a database takes them: nested values as JSON text, types in its dialect.

    Delivery.current/changes ── flat ──► PostgresExchange, MariaExchange

Needs no secrets. Alone, in Python: ``flat(pa.table({"parties": [["a", "b"]]}))``.
"""

from __future__ import annotations

import pyarrow as pa

from sandbox import duck


def flat(table: pa.Table) -> pa.Table:
    """The table with lists and structs as JSON text, which is how a database delivers them."""
    nested = [column.name for column in table.schema if pa.types.is_nested(column.type)]
    if not nested:
        return table
    replaced = ", ".join(f"to_json({quoted(name)})::varchar as {quoted(name)}" for name in nested)
    with duck.connection() as con:
        con.register("given", table)
        return con.sql(f"select * replace ({replaced}) from given").to_arrow_table()


def quoted(name: str, mark: str = '"') -> str:
    """An identifier in its quotes."""
    return mark + name.replace(mark, mark * 2) + mark


def sql_type(kind: pa.DataType, names: dict[str, str]) -> str:
    """The dialect's name of an Arrow type; ``names``: time, day, double, bool, int..."""
    tests = (
        (pa.types.is_timestamp, "time"),
        (pa.types.is_date, "day"),
        (pa.types.is_floating, "double"),
        (pa.types.is_boolean, "bool"),
        (pa.types.is_int64, "bigint"),
        (pa.types.is_integer, "int"),
    )
    return names[next((name for test, name in tests if test(kind)), "text")]
