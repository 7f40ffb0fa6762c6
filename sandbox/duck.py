"""DuckDB for the sandbox's reading: one engine in memory, a connection for each use.

    with duck.connection() as con: con.sql(...)

Starting an engine costs more than most of its queries here. Needs no secrets.
"""

from __future__ import annotations

from functools import cache

import duckdb


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"TimeZone": "UTC", "autoinstall_known_extensions": "false"})


def connection() -> duckdb.DuckDBPyConnection:
    """A connection, for this thread; what is registered on it is its own. Close it after use."""
    return _engine().cursor()
