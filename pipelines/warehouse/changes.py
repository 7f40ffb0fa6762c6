"""The rows of a lake table that have changed between two of its versions.

    files of a version, files of now -> changed_rows() -> "changed"."<zone>_<table>", old and new

A merge of few rows adds a file and takes none away, so that only the added files need reading;
where files were written anew, both versions are compared by key, column by column: that is exact,
and a hash of all columns costs three times as much. Files that vacuum has taken, or a column that
is of another type now, leave no answer, and what depends on the table is built whole. Needs no
secrets.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from foundation.engine import run, select_layers
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
        if then <= now:
            sql = _added([f"select {{}} from ({side})" for side in (new, old)], columns, key, added)
        elif _types(con, new, content) == _types(con, old, content):
            sql = _differing((new, old), wanted, key, content)
        else:
            return False
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


def _types(con: duckdb.DuckDBPyConnection, side: str, content: Sequence[str]) -> list[str]:
    described = f"describe select {', '.join(map(quoted, content))} from ({side})"
    return [kind for _, kind, *_ in run(con, described)]


def _differing(
    sides: Sequence[str], wanted: Mapping[str, str], key: Sequence[str], content: Sequence[str]
) -> str:
    """The wanted columns of both rows of each key whose content is not the same, or alone; and of a
    key that comes twice now, which must not pass for unchanged.
    """
    keys = ", ".join(map(quoted, key))
    own = [f"{sql} as w{n}" for n, sql in enumerate(wanted.values())]
    own += [f"{quoted(name)} as c{n}" for n, name in enumerate(content)]
    new, old = (f"(select {keys}, {', '.join(own)}, true as _is from ({side}))" for side in sides)
    differ = " or ".join(f"n.c{n} is distinct from o.c{n}" for n in range(len(content)))
    both = (f"{side}.w{n} as {side}{n}" for side in "no" for n in range(len(wanted)))

    shown = ", ".join(f"{sql} as {quoted(name)}" for name, sql in wanted.items())

    def of_side(side: str) -> str:
        columns = (f"{side}{n} as {quoted(name)}" for n, name in enumerate(wanted))
        return f"select {', '.join(columns)} from pair where {side}_is"

    return f"""with pair as materialized (
        select {", ".join(both)}, n._is as n_is, o._is as o_is
        from {new} as n full join {old} as o using ({keys})
        where n._is is distinct from o._is or {differ}
    )
    {of_side("n")} union all {of_side("o")} union all
    select {shown} from ({sides[0]}) semi join (
        select {keys} from ({sides[0]}) group by {keys} having count(*) > 1
    ) using ({keys})"""
