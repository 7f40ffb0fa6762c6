"""The hub's own records: small declared tables of zone `hub`, read as rows and merged by key.

    rows of a step -> hub.<table>, a commit only where there are any

They belong to no snapshot: what a run saw stays said. No value of a person. Needs no secrets.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from foundation.engine import attach, stream
from pipelines.hub import Hub
from schemas.derive import table_schema
from schemas.model import Table

Row = dict[str, Any]


def stored(hub: Hub, table: Table) -> list[Row]:
    """All rows; none if the table was never written. Columns in declared order."""
    schema = table_schema(table)
    with hub.connect() as con:
        attach(con, hub.lake, [table.id], {table.id: schema})
        found: pa.Table = stream(con, f"select * from {table.id}").read_all()
    rows: list[Row] = found.select(schema.names).to_pylist()
    return rows


def merge(hub: Hub, table: Table, rows: Sequence[Row]) -> None:
    """Insert or replace the rows by the table's key; without rows nothing is written."""
    if rows:
        data = pa.Table.from_pylist(list(rows), schema=table_schema(table))
        hub.lake.table(table.zone, table.name).merge(data, key=table.key)
