"""Strong identifiers: rows that one identifier ties, unless what they say contradicts it.

    link_row -> holders of a shared identifier -> parties that agree -> links, pairs apart -> node

The parties of an identifier are found as clusters are: the holders that agree and speak for most
rows join first, and two that contradict one another never meet. Needs no secrets.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from foundation.engine import content_sql, quote, register, run
from foundation.errors import ConfigError
from pipelines.link.check import sides
from pipelines.link.clusters import (
    Apart,
    Floats,
    Ints,
    Links,
    OncePerValue,
    OneValue,
    Rule,
    Span,
    cluster,
    tie,
)
from pipelines.link.model import LinkModel, OneOf, OnePer, Strong, Within


@dataclass(frozen=True)
class Ties:
    """label: node of each row. method: number of the identifier that tied it plus one, or 0.
    apart: pairs of rows that contradict each other under one identifier. too_common: identifiers
    left out because more rows than the cap share them."""

    label: Ints
    method: Ints
    apart: tuple[Ints, Ints]
    too_common: int


def tie_rows(con: duckdb.DuckDBPyConnection, model: LinkModel, rows: int) -> Ties:
    """Tie the rows of ``link_row``; makes ``node_of`` (_row, node) and ``apart_pair`` (l, r)."""
    left, right, number = [_none()], [_none()], [_none()]
    apart_left, apart_right, common = [_none()], [_none()], 0
    for place, strong in enumerate(model.strong, 1):
        common += _group(con, strong)
        (a, b), (c, d) = _links(con, strong)
        left.append(a)
        right.append(b)
        number.append(np.full(len(a), place, dtype=np.int64))
        apart_left.append(c)
        apart_right.append(d)
    # The first identifier outranks the second where both cannot hold.
    weight = -np.concatenate(number).astype(np.float64)
    links = Links(np.concatenate(left), np.concatenate(right), weight)
    apart = np.concatenate(apart_left), np.concatenate(apart_right)
    label = tie(rows, links, rules(con, model, apart, rows), row_order(con))
    return Ties(label, _methods(rows, links, label), apart, common)


def row_order(con: duckdb.DuckDBPyConnection) -> Ints:
    """A number a row by which equal links are settled: by key, so that row order says nothing."""
    found = con.sql("select _order from link_row order by _row").fetchnumpy()
    return np.asarray(found["_order"]).astype(np.int64)


def rules(
    con: duckdb.DuckDBPyConnection, model: LinkModel, apart: tuple[Ints, Ints], rows: int
) -> list[Rule]:
    """The model's constraints over rows, and the pairs to keep apart first."""
    made: list[Rule] = [Apart("kept_apart", apart[0], apart[1], rows)]
    for limit in model.constraints:
        if isinstance(limit, OneOf):
            made.append(OneValue(f"two_{limit.column}", codes(con, limit.column)))
        elif isinstance(limit, Within):
            values = _numbers(con, limit.column)
            made.append(Span(f"{limit.column}_too_far_apart", values, limit.span))
        elif isinstance(limit, OnePer):
            made.append(OncePerValue(f"{limit.column}_twice", _bits(con, limit.column)))
    return made


def codes(con: duckdb.DuckDBPyConnection, column: str) -> Ints:
    """A number for each distinct value of a column, -1 where it is missing, a row each."""
    name = quote(column)
    sql = (
        f"select case when {name} is null then -1 else dense_rank() over (order by {name}) end as c"
        " from link_row order by _row"
    )
    return np.asarray(con.sql(sql).fetchnumpy()["c"]).astype(np.int64)


def _numbers(con: duckdb.DuckDBPyConnection, column: str) -> Floats:
    name = quote(column)
    kind = str(con.sql(f"select {name} from link_row").types[0])
    value = f"{name} - date '1970-01-01'" if kind == "DATE" else name
    found = con.sql(f"select ({value})::double as v from link_row order by _row").to_arrow_table()
    return np.asarray(found.column(0).to_numpy(zero_copy_only=False), dtype=np.float64)


def _bits(con: duckdb.DuckDBPyConnection, column: str) -> Ints:
    found = codes(con, column)
    known = found >= 0
    if found.max(initial=0) > 62:
        raise ConfigError(
            f"constraint one_per {column}",
            f"the column has {int(found.max())} values, 62 is the most",
            "nothing was linked",
            "name a column of few values, such as the source",
        )
    return np.where(known, np.int64(1) << np.maximum(found, 0), 0).astype(np.int64)


def _group(con: duckdb.DuckDBPyConnection, strong: Strong) -> int:
    """Make ``shared`` (key, _row): rows with one identifier; returns how many are too common."""
    names = [quote(name) for name in strong.columns]
    present = " and ".join(f"{name}::varchar <> ''" for name in names)
    run(
        con,
        "create or replace temp table shared as"
        f" select {content_sql(names)} as key, _row from link_row where {present}"
        " qualify count(*) over (partition by key) > 1",
    )
    counted = f"select key from shared group by key having count(*) > {strong.cap}"
    [(common,)] = run(con, f"select count(*) from ({counted})")
    if common:
        run(con, f"delete from shared where key in ({counted})")
    return int(common)


def _links(
    con: duckdb.DuckDBPyConnection, strong: Strong
) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
    """Links between the rows of one identifier, and pairs of rows that contradict each other."""
    if not strong.contradicted_by:
        star = "select arg_min(_row, _order) over (partition by key) as l, _row as r"
        star += " from shared join link_row using (_row)"
        return _pairs(con, f"select * from ({star}) where l <> r"), (_none(), _none())
    _make_holders(con, strong)
    parties = _parties(con, strong)
    register(con, "party", parties)
    links = _pairs(
        con,
        "select * from (select arg_min(_row, _order) over (partition by key, party) as l, _row as r"
        " from held join party using (holder)) where l <> r",
    )
    apart = _pairs(
        con,
        "select a.speaker as l, b.speaker as r from opposed o"
        " join holder a on a.holder = o.l join holder b on b.holder = o.r",
    )
    return links, apart


def _make_holders(con: duckdb.DuckDBPyConnection, strong: Strong) -> None:
    """``held`` (key, holder, _row) and ``holder``: rows of one identifier that say the same."""
    known = set(con.sql("select * from link_row").columns)
    used = sorted(set().union(*(sides(sql) for sql in strong.contradicted_by)) & known)
    columns = ", ".join(map(quote, used))
    run(
        con,
        "create or replace temp table held as"
        f" select key, _row, _order, {columns},"
        f" dense_rank() over (order by key, {columns}) - 1 as holder"
        " from shared join link_row using (_row);"
        "create or replace temp table holder as"
        f" select key, holder, {columns}, arg_min(_row, _order) as speaker,"
        " count(*) as n"
        " from held group by all",
    )
    both = ", ".join(f"{side}.{quote(c)} as {quote(f'{c}_{side}')}" for c in used for side in "lr")
    against = " or ".join(f"coalesce(({sql}), false)" for sql in strong.contradicted_by)
    run(
        con,
        "create or replace temp table judged as"
        f" select lh as l, rh as r, n, ({against}) as opposed from ("
        f"select l.holder as lh, r.holder as rh, l.n + r.n as n, {both}"
        " from holder l join holder r on l.key = r.key and l.holder < r.holder);"
        "create or replace temp table opposed as select l, r from judged where opposed",
    )


def _parties(con: duckdb.DuckDBPyConnection, strong: Strong) -> pa.Table:
    """Holders that agree, as parties (holder, party)."""
    [(count,)] = run(con, "select count(*) from holder")
    found = con.sql("select l, r, n::double as n from judged where not opposed order by l, r")
    agree = found.fetchnumpy()
    links = Links.of(agree["l"], agree["r"], agree["n"])
    left, right = _pairs(con, "select l, r from opposed")
    label = cluster(int(count), links, [Apart("contradicted", left, right, int(count))]).label
    return pa.table({"holder": np.arange(int(count), dtype=np.int64), "party": label})


def _pairs(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[Ints, Ints]:
    found = con.sql(
        f"select l::bigint as l, r::bigint as r from ({sql}) order by l, r"
    ).fetchnumpy()
    return found["l"].astype(np.int64), found["r"].astype(np.int64)


def _none() -> Ints:
    return np.empty(0, dtype=np.int64)


def _methods(rows: int, links: Links, label: Ints) -> Ints:
    """The first identifier that tied each row to its node."""
    method = np.full(rows, np.iinfo(np.int64).max)
    inside = label[links.left] == label[links.right]
    number = (-links.weight[inside]).astype(np.int64)
    np.minimum.at(method, links.left[inside], number)
    np.minimum.at(method, links.right[inside], number)
    return np.where(method == np.iinfo(np.int64).max, 0, method)
