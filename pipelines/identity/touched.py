"""What changed since the last resolution: a row a mention, written before the change itself is.

    update_mentions -> note_touched -> identity.touched -> resolve

A run that is killed between the two notes a change twice, never none. No secrets.
"""

import duckdb

from foundation.engine import run, stream
from foundation.lake import Lake
from pipelines.identity.state import attach_identity, forget_state
from schemas.derive import table_schema
from schemas.identity import TOUCHED

# Beyond this share the whole county is resolved anew: that is faster than following every change.
MANY = 0.1


def note_touched(
    con: duckdb.DuckDBPyConnection, lake: Lake, relation: str, changed: int, every: int
) -> None:
    """Append ``relation`` (SQL with the columns of TOUCHED); of more than MANY of ``every`` only
    that all is to be resolved anew."""
    if changed > MANY * every:
        forget_state(con, lake, "resolve")
        return
    columns = ", ".join(column.name for column in TOUCHED.columns)
    lake.table("identity", TOUCHED.name).append(stream(con, f"select {columns} from {relation}"))


def forget_touched(con: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Empty the table, if there is anything in it."""
    table = lake.table("identity", TOUCHED.name)
    if table.num_rows:
        table.replace(table_schema(TOUCHED).empty_table())


def count_touched(con: duckdb.DuckDBPyConnection, lake: Lake) -> int:
    """Mentions in it."""
    attach_identity(con, lake, TOUCHED.name)
    return int(run(con, "select count(distinct mention_id) from identity.touched")[0][0])
