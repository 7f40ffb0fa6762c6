"""Which nodes are worth comparing: those that share the values of a blocking rule.

    link_row x node_of -> block (node, value) -> pair (l, r)

Needs no secrets.
"""

import duckdb

from foundation.engine import quote, run
from pipelines.link.model import Blocking, LinkModel, OneOf


def block_pairs(con: duckdb.DuckDBPyConnection, model: LinkModel) -> dict[str, int]:
    """Make ``pair`` (l, r: nodes, l < r), without pairs that a constraint forbids anyway.

    Returns the pairs of each rule, all counted anew.
    """
    run(con, "create or replace temp table found (rule integer, l bigint, r bigint)")
    for number, rule in enumerate(model.blocking):
        _block(con, rule)
        run(
            con,
            f"insert into found select {number}, a.node, b.node from block a join block b"
            " on a.value = b.value and a.node < b.node",
        )
    counts = dict(run(con, "select rule, count(*) from found group by rule"))
    run(
        con,
        "create or replace temp table pair as"
        f" select distinct l, r from found {_allowed(con, model)};"
        "drop table found; drop table if exists block",
    )
    return {rule.name: int(counts.get(i, 0)) for i, rule in enumerate(model.blocking)}


def _block(con: duckdb.DuckDBPyConnection, rule: Blocking) -> None:
    """``block`` (node, value) of one rule; an element each where a value is a list."""
    relation = con.sql(f"select {', '.join(rule.values)} from link_row limit 0")
    lists = [str(kind).endswith("[]") for kind in relation.types]
    names = [f"v{i}" for i in range(len(rule.values))]
    parts = [
        f"unnest(list_distinct({sql})) as {name}" if is_list else f"({sql}) as {name}"
        for sql, name, is_list in zip(rule.values, names, lists, strict=True)
    ]
    present = " and ".join(f"{name}::varchar <> ''" for name in names)
    run(
        con,
        "create or replace temp table block as"
        f" select distinct node, hash({', '.join(names)}) as value"
        f" from (select _row, {', '.join(parts)} from link_row) join node_of using (_row)"
        f" where {present}"
        f" qualify count(*) over (partition by value) > 1",
    )
    run(
        con,
        "delete from block where value in"
        f" (select value from block group by value having count(*) > {rule.cap} or count(*) < 2)",
    )


def _allowed(con: duckdb.DuckDBPyConnection, model: LinkModel) -> str:
    """Joins and a filter that leave out pairs with two values where a cluster has one."""
    only = [quote(limit.column) for limit in model.constraints if isinstance(limit, OneOf)]
    if not only:
        return ""
    values = ", ".join(f"min({name}) as {name}" for name in only)
    run(
        con,
        "create or replace temp table single_valued as"
        f" select node, {values} from link_row join node_of using (_row) group by node",
    )
    equal = " and ".join(f"coalesce(a.{name} = b.{name}, true)" for name in only)
    return f"join single_valued a on a.node = l join single_valued b on b.node = r where {equal}"
