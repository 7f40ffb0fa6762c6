"""Erased residents in what Dagster keeps of runs: previews of tables, in SQLite.

    <home>/dagster/**/*.db -> the resident's surrogate replaced in every text -> written anew

Previews show no personal column, but surrogates. Needs no secrets. Used by pipelines.erasure.run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from foundation.engine import quote
from foundation.home import Home

ERASED = "(erased)"
_TABLES = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"


def erase_runs(home: Home, ids: Iterable[str]) -> None:
    """Replace the ids in every database of runs and events; those without stay as they are."""
    if (home.path / "dagster").is_dir():
        for path in sorted(home.dagster.rglob("*.db")):
            _without(path, list(ids))


def _without(path: Path, ids: list[str]) -> None:
    with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as con:
        changed = 0
        for [table] in con.execute(_TABLES).fetchall():
            columns = con.execute(f"pragma table_info({quote(table)})").fetchall()
            texts = [name for _, name, kind, *_ in columns if kind.startswith(("TEXT", "VARCHAR"))]
            changed += sum(_replaced(con, table, name, one) for name in texts for one in ids)
        if changed:
            con.execute("vacuum")
            con.execute("pragma wal_checkpoint(truncate)")


def _replaced(con: sqlite3.Connection, table: str, column: str, resident_id: str) -> int:
    name = quote(column)
    return con.execute(
        f"update {quote(table)} set {name} = replace({name}, ?, ?) where instr({name}, ?)",
        (resident_id, ERASED, resident_id),
    ).rowcount
