"""Rows and nodes: the input with its comparable columns, and one row for all that is tied.

    INPUT.parquet -> input_row -> link_row (comparable columns) -> node (one value a column)

A row's number ``_row`` is its place in the file; a node's is that of its first row. No secrets.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from foundation.engine import literal, quote, register, run
from foundation.errors import ConfigError
from pipelines.link.check import check_columns, check_sql, comparison_sql, sides
from pipelines.link.clusters import Ints
from pipelines.link.model import LinkModel, Survivor

PAIRS = "link_pair_shape"


def read_input(con: duckdb.DuckDBPyConnection, file: Path) -> list[str]:
    """Make ``input_row`` (_row and the file's columns); returns those columns in order."""
    try:
        sql = f"select * from read_parquet({literal(str(file))})"
        columns = [str(name) for name in con.sql(sql).columns]
        run(
            con,
            "create or replace temp table input_row as"
            f" select file_row_number as _row, {', '.join(map(quote, columns))}"
            f" from read_parquet({literal(str(file))}, file_row_number = true)",
        )
    except duckdb.Error as error:
        raise ConfigError(
            str(file), str(error).splitlines()[0], "nothing was linked", "name a Parquet file"
        ) from None
    return columns


def make_rows(con: duckdb.DuckDBPyConnection, model: LinkModel, where: str) -> int:
    """Make ``link_row``: _row, the model's columns, and the input's others; returns its rows.

    Raises ConfigError naming the place in the model file for SQL that does not fit the input.
    """
    check_columns(con, model, where, "input_row")
    _check_key(con, model, where)
    made = {column.name: column.sql for column in model.columns}
    taken = {name.lower() for name in made}
    described = con.sql("select * from input_row").columns
    others = [quote(name) for name in described if name.lower() not in taken]
    exprs = [f"({sql}) as {quote(name)}" for name, sql in made.items()]
    order = ", ".join(quote(name) for name in (*model.key, "_row"))
    exprs.append(f"row_number() over (order by {order}) as _order")
    run(
        con,
        "create or replace temp table link_row as"
        f" select {', '.join([*others, *exprs])} from input_row",
    )
    _shape_pairs(con, model)
    check_sql(con, model, where, "link_row", PAIRS)
    return int(run(con, "select count(*) from link_row")[0][0])


def _check_key(con: duckdb.DuckDBPyConnection, model: LinkModel, where: str) -> None:
    known = con.sql("select * from input_row").columns
    for name in model.key:
        if name not in known:
            what = f"the input has no column {name}"
            raise ConfigError(f"{where}: key", what, "nothing was linked", "name one that it has")


def types(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The type of each column of ``link_row``, as DuckDB writes it."""
    relation = con.sql("select * from link_row")
    return dict(zip(relation.columns, map(str, relation.types), strict=True))


def compared(model: LinkModel, known: Iterable[str]) -> tuple[str, ...]:
    """The columns that comparisons read, in order of name."""
    found: set[str] = set(model.terms)
    for comparison in model.comparisons:
        for _, sql in comparison_sql(comparison):
            found |= sides(sql)
        found |= {level.u_by for level in comparison.all_levels if level.u_by}
    return tuple(sorted(found & set(known)))


def _shape_pairs(con: duckdb.DuckDBPyConnection, model: LinkModel) -> None:
    """An empty view with x_l and x_r of every column, to bind SQL over."""
    lists = {column.name for column in model.columns if column.keep == "all"}
    parts = []
    for name, kind in types(con).items():
        is_list = name in lists and not kind.endswith("[]")
        value = f"[{quote(name)}]" if is_list else quote(name)
        parts += [f"{value} as {quote(name + side)}" for side in ("_l", "_r")]
    run(con, f"create or replace temp view {PAIRS} as select {', '.join(parts)} from link_row")


def describe(con: duckdb.DuckDBPyConnection, model: LinkModel, table: str, grouped: str) -> None:
    """Make ``table``: node and the compared columns, a row a node of ``grouped`` (_row, node)."""
    known = types(con)
    keeps = {column.name: column.keep for column in model.columns}
    chosen = [Survivor(name, keeps.get(name, "most_frequent")) for name in compared(model, known)]
    run(
        con,
        f"create or replace temp table {table} as"
        f" {surviving('link_row', grouped, 'node', chosen, known)}",
    )


def surviving(
    rows: str, grouped: str, group: str, chosen: Iterable[Survivor], known: Mapping[str, str]
) -> str:
    """One SELECT: a row a ``group`` of ``grouped`` (_row, group) with the surviving values."""
    inner, outer = [], []
    for number, one in enumerate(chosen):
        name = quote(one.column)
        if one.keep == "all":
            outer.append(f"{_all(name, known[one.column])} as {name}")
            continue
        order = f"{name}, _row"
        if one.keep == "most_frequent":
            inner.append(f"count(*) over (partition by {group}, {name}) as _n{number}")
            order = f"_n{number} desc, {order}"
        outer.append(f"{_first(one, name, order)} as {name}")
    source = f"select {', '.join(['*', *inner])} from {rows} join {grouped} using (_row)"
    return f"select {', '.join([group, *outer])} from ({source}) group by {group}"


def _all(name: str, kind: str) -> str:
    """Every value once, in order; of lists, every element."""
    listed = f"list({name}) filter ({name} is not null)"
    flat = f"flatten({listed})" if kind.endswith("[]") else listed
    return f"list_sort(list_distinct(coalesce({flat}, [])))"


def _first(one: Survivor, name: str, order: str) -> str:
    if one.keep == "longest":
        order = f"length({name}::varchar) desc, {order}"
    elif one.keep == "largest":
        order = f"{name} desc, _row"
    elif one.keep == "latest":
        order = f"{quote(one.by or '')} desc nulls last, {order}"
    elif one.keep == "first":
        listed = ", ".join(literal(value) for value in one.order)
        place = f"list_position([{listed}]::varchar[], {quote(one.by or '')}::varchar)"
        order = f"{place} nulls last, {order}"
    return f"first({name} order by {order}) filter ({name} is not null)"


def register_labels(con: duckdb.DuckDBPyConnection, table: str, label: Ints, name: str) -> None:
    """Make ``table`` (_row, name) of a label a row."""
    rows = np.arange(len(label), dtype=np.int64)
    register(con, table, pa.table({"_row": rows, name: label}))
