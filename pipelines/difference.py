"""Which rows of what was made of a table are not those that stand in it.

    made, stored -> difference_sql() -> key, op

The columns themselves are compared: that is exact, and cheaper than any hash that is good enough.
Needs no secrets.
"""

from collections.abc import Collection

import duckdb

from schemas.derive import duckdb_type, quoted
from schemas.model import Table


def difference_sql(con: duckdb.DuckDBPyConnection, table: Table, made: str, stored: str) -> str:
    """``SELECT`` of the key of every row that differs, and ``op``: I, U or D.

    made, stored: relations with the table's columns.
    """
    keys = ", ".join(map(quoted, table.key))
    columns = ", ".join(quoted(column.name) for column in table.columns)
    return f"""select {keys},
    case when n._is is null then 'D' when o._is is null then 'I' else 'U' end as op
from (select {columns}, true as _is from {made}) as n
full join (select {columns}, true as _is from {stored}) as o using ({keys})
where n._is is distinct from o._is or {differs_sql(con, table, stored)}"""


def differs_sql(
    con: duckdb.DuckDBPyConnection, table: Table, stored: str, ignoring: Collection[str] = ()
) -> str:
    """SQL over ``n`` and ``o``, a row made and the stored one of its key: whether they differ.

    All do where the stored table has a column in another type than is declared now.
    """
    names = [c.name for c in table.columns if c.name not in (*table.key, *ignoring)]
    declared = ", ".join(
        f"cast(null as {duckdb_type(c)}) as {quoted(c.name)}" for c in table.columns
    )
    listed = ", ".join(map(quoted, names)) or "1"
    now, then = (
        con.sql(f"select {listed} from {relation} limit 0").types
        for relation in (f"(select {declared})", stored)
    )
    if now != then:
        return "true"
    either = (f"n.{quoted(name)} is distinct from o.{quoted(name)}" for name in names)
    return f"({' or '.join(either) or 'false'})"
