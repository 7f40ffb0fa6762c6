"""The rows of a lake table that have changed between two of its versions.

    files of a version, files of now -> changed_rows() -> "changed"."<zone>_<table>", old and new

A merge of few rows adds a file and takes none away, so that only the added files need reading;
where files were written anew, both versions are compared by hash. Files that vacuum has taken leave
no answer, and what depends on the table is built whole. Needs no secrets.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from foundation.engine import content_sql, run, select_layers
from foundation.errors import LakeError
from foundation.lake import LakeTable
from foundation.layers import LAYER
from schemas.derive import literal, quoted

CHANGED = "changed"


def changed_rows(
    con: duckdb.DuckDBPyConnection,
    table: LakeTable,
    since: int,
    key: Sequence[str],
    wanted: Mapping[str, str],
    content: Sequence[str],
    declared: pa.Schema,
) -> bool:
    """Make the table of the `wanted` columns (SQL by name) of every row that was added, removed or
    changed in its `content` since that version, as it was and as it is; rows that stayed may be
    among them. False if it cannot be told any more.
    """
    columns = ", ".join(f"{sql} as {quoted(name)}" for name, sql in wanted.items())
    try:
        then, now = set(table.files(since)), set(table.files())
        if not all(Path(path).exists() for path in then - now):
            return False
        added = sorted(now - then)
        old = table.select(con, declared, since)
        if then <= now and all(map(_is_layer, added)):
            # A key's row of now lies in the last of the new layers that has it: no base is read.
            new = select_layers(con, added, key, table.schema(), declared)
        else:
            new = table.select(con, declared)
        sides = [f"select {{}} from ({side})" for side in (new, old)]
        changed = _added(sides, columns, key, added) if then <= now else None
        sql = changed or _differing(sides, columns, content)
        run(con, f"create table {changed_name(table.full_name)} as {sql}")
    except LakeError:
        return False
    return True


def changed_name(table: str) -> str:
    """The relation that changed_rows() makes of ``zone.table``."""
    return f"{CHANGED}.{quoted(table.replace('.', '_'))}"


def _is_layer(path: str) -> bool:
    number = re.search(rf"/{LAYER}=(\d+)/", path)
    return number is not None and int(number[1]) > 0


def _added(sides: list[str], columns: str, key: Sequence[str], files: Sequence[str]) -> str:
    listed, keys = ", ".join(map(literal, files)), ", ".join(map(quoted, key))
    touched = f"(select distinct {keys} from read_parquet([{listed}], union_by_name = true))"
    found = (f"{side.format('*')} semi join {touched} using ({keys})" for side in sides)
    return " union all ".join(f"select {columns} from ({rows})" for rows in found)


def _differing(sides: list[str], columns: str, content: Sequence[str]) -> str:
    new, old = (
        side.format(f"{columns}, {content_sql(map(quoted, content))} as _content") for side in sides
    )
    either = f"(({new}) except all ({old})) union all (({old}) except all ({new}))"
    return f"select * exclude (_content) from ({either})"
