"""The hub's own records: small declared tables of zone `hub`, read as rows and merged by key.

    rows of a step -> hub.<table>, a commit only where there are any

They belong to no snapshot: what a run saw stays said. No value of a person. Needs no secrets.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from foundation.engine import borrow, quote, stream
from pipelines.hub import Hub
from schemas.derive import table_schema
from schemas.model import Table

Row = dict[str, Any]


def stored(hub: Hub, table: Table) -> list[Row]:
    """All rows; none if the table was never written. Columns in declared order."""
    return selected(hub, table)


def selected(
    hub: Hub, table: Table, where: str = "true", values: Mapping[str, Any] | None = None
) -> list[Row]:
    """The rows for which `where` holds; it may say order by, and name the table as `records`."""
    schema, kept = table_schema(table), hub.lake.table(table.zone, table.name)
    if not kept.exists:
        return []
    names = ", ".join(map(quote, schema.names))
    with borrow(hub.home.process_spill()) as con:
        records = f"with records as ({kept.select(con, schema)})"
        sql = f"{records} select {names} from records where {where}"
        found: pa.Table = stream(con, sql, values).read_all()
    rows: list[Row] = found.to_pylist()
    return rows


def merge(hub: Hub, table: Table, rows: Sequence[Row]) -> None:
    """Insert or replace the rows by the table's key; without rows nothing is written."""
    if rows:
        data = pa.Table.from_pylist(list(rows), schema=table_schema(table))
        hub.lake.table(table.zone, table.name).merge(data, key=table.key)
