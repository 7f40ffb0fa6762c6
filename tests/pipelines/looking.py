"""One DuckDB connection of the tests' own, to look at any hub's tables with."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from foundation.engine import connect, quote, run

_SPILL = TemporaryDirectory(prefix="looking-")


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return connect(Path(_SPILL.name))


@contextmanager
def looking() -> Iterator[duckdb.DuckDBPyConnection]:
    """The connection, without any view; to open another takes longer than most looks.

    Views that are attached to it go at the end, so that no test reads another's tables.
    """
    con = _connection()
    try:
        yield con
    finally:
        zones = run(con, "select distinct schema_name from duckdb_views() where not internal")
        for (zone,) in zones:
            run(con, f"drop schema {quote(zone)} cascade")
