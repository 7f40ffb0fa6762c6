"""The DuckDB connection at which the feeds of a step are worked on, one after the other.

    step -> Desk -> clear(): the connection, empty -> pull, conform -> the same for the next feed

Opening and closing one costs as much as judging a few rows, and a night did it for each feed four
times. Where much lay on it, it is closed, so that what DuckDB keeps in memory goes with it. Needs
no secrets. Alone: ``with at(None, hub) as con: ...``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from foundation.engine import quote, run
from pipelines.hub import Hub

MUCH = 200_000  # rows of temporary tables


class Desk:
    """At most one open connection of this hub. What is made on it must be temporary, or a view."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._con: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def clear(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The connection with nothing on it but macros; after an error it is not used again."""
        con, self._con = self._con or self._hub.connect(), None
        try:
            yield con
            if _cleared(con) <= MUCH:
                self._con = con
        finally:
            if self._con is None:
                con.close()

    def close(self) -> None:
        """Leave it."""
        if self._con is not None:
            self._con.close()
            self._con = None


@contextmanager
def at(desk: Desk | None, hub: Hub) -> Iterator[duckdb.DuckDBPyConnection]:
    """A clear connection of that desk, or of one for this once."""
    own = desk or Desk(hub)
    try:
        with own.clear() as con:
            yield con
    finally:
        if desk is None:
            own.close()


def _cleared(con: duckdb.DuckDBPyConnection) -> int:
    """Drop what is on the connection, at one stroke; how many rows that was, about."""
    views = run(con, "select schema_name, view_name from duckdb_views() where not internal")
    tables = run(con, "select table_name, estimated_size from duckdb_tables()")
    left = [f"drop view {quote(schema)}.{quote(view)}" for schema, view in views]
    left += [f"drop table {quote(table)}" for table, _ in tables]
    if left:
        run(con, f"begin; {'; '.join(left)}; commit")
    return sum(size for _, size in tables)
