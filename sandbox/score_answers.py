"""How right the warehouse's answers are: each question's rows beside those of the truth.

    county at rest + truth/ -> answers/<question>.sql -> true rows ┐
    answers.<question> of the hub, residents by crosswalk          ┴-> rows, precision, recall

The truth of an answer is its definition over what departments recorded, with the true person,
dwelling, birth and death behind each record, as of the base. Needs no secrets.
Alone: ``hub bench answers --residents 2000 --json``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from schemas import FEEDS

_CELLS = re.compile(r"^-- cells: (.+)$", re.MULTILINE)
_COMMON = "_common"
Read = Callable[[str, tuple[str, ...]], pa.Table]  # (question, columns) -> all its rows, as text


@dataclass(frozen=True)
class AnswerScore:
    """Rows, or counted things where the question counts: shown by the hub, true, and both."""

    rows: int
    true_rows: int
    right: int

    @property
    def precision(self) -> float:
        """Share of what the hub shows that is true; 1 if it shows nothing."""
        return self.right / self.rows if self.rows else 1.0

    @property
    def recall(self) -> float:
        """Share of the truth that the hub shows; 1 if there is none."""
        return self.right / self.true_rows if self.true_rows else 1.0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, rounded to four digits."""
        shares = {"precision": round(self.precision, 4), "recall": round(self.recall, 4)}
        return {**asdict(self), **shares}


@cache
def truths() -> dict[str, str]:
    """The SQL of every question that the county's truth answers, by name."""
    found = [path for path in files("sandbox.answers").iterdir() if path.name.endswith(".sql")]
    texts = {path.name.removesuffix(".sql"): path.read_text(encoding="utf-8") for path in found}
    return {name: texts[name] for name in sorted(texts) if name != _COMMON}


def score_answers(county: Path, crosswalk: pa.Table, read: Read) -> dict[str, AnswerScore]:
    """Every question's score against the county as it was at its base.

    crosswalk: department, feed, record_key, slot, resident_id, as the hub has it. ``read`` gives a
    question's columns from the hub. A resident stands for the person that it mostly is.
    """
    with duckdb.connect() as con:
        _open(con, county)
        con.register("crosswalk_given", crosswalk)
        con.execute(
            """create table stands_for as
            select resident_id, arg_max(person_id, (n, person_id)) as person_id from (
                select c.resident_id, m.person_id, count(*) as n
                from crosswalk_given as c
                join true_mentions as m using (department, feed, record_key, slot)
                group by all)
            group by all"""
        )
        return {name: _scored(con, name, sql, read) for name, sql in truths().items()}


def _open(con: duckdb.DuckDBPyConnection, county: Path) -> None:
    """Views over the county's feeds and its truth, and what the questions share."""
    for name in ("mentions", "addresses", "persons", "households"):
        path = county / "truth" / f"{name}.parquet"
        con.execute(f"create view true_{name} as from read_parquet('{path}')")
    about = json.loads((county / "county.json").read_text(encoding="utf-8"))
    con.execute(f"create view given_day as select date '{about['as_of']}' as as_of")
    con.execute("create table given_feeds (department text, feed text)")
    for feed in FEEDS.values():
        path = county / feed.department / f"{feed.name}.parquet"
        if path.exists():
            key = " || '|' || ".join(f'cast("{column}" as varchar)' for column in feed.key)
            con.execute(f"create schema if not exists {feed.department}")
            con.execute(
                f"""create view {feed.department}."{feed.name}" as
                select *, {key} as _key from read_parquet('{path}')"""
            )
            con.execute(f"insert into given_feeds values ('{feed.department}', '{feed.name}')")
    common = files("sandbox.answers") / f"{_COMMON}.sql"
    con.execute(common.read_text(encoding="utf-8"))


def _scored(con: duckdb.DuckDBPyConnection, name: str, sql: str, read: Read) -> AnswerScore:
    con.execute(f"create or replace temp table true_rows as {sql}")
    columns = tuple(str(row[0]) for row in con.execute("describe true_rows").fetchall())
    con.register("given_rows", read(name, columns))
    con.execute(f"create or replace temp table shown_rows as {_named(columns)}")
    con.unregister("given_rows")
    keys = _CELLS.search(sql)
    for side in ("true_rows", "shown_rows"):
        counted = (
            _as_cells(side, columns, keys.group(1).split(", ")) if keys else _as_rows(side, columns)
        )
        con.execute(f"create or replace temp table {side}_counted as {counted}")
    [(shown, true, both)] = con.execute(
        """select sum(s.n), sum(t.n), sum(least(s.n, t.n)) filter (where s.n >= 0 and t.n >= 0)
        from shown_rows_counted as s full join true_rows_counted as t on t.what = s.what"""
    ).fetchall()
    return AnswerScore(round(shown or 0), round(true or 0), round(both or 0))


def _named(columns: tuple[str, ...]) -> str:
    """The hub's rows with the true person in the place of each resident's id."""
    shown, joins = [], []
    for n, column in enumerate(columns):
        if column.endswith("resident_id"):
            joins.append(f'left join stands_for as s{n} on s{n}.resident_id = g."{column}"')
            shown.append(f'coalesce(s{n}.person_id, g."{column}") as "{column}"')
        else:
            shown.append(f'g."{column}"')
    return f"select {', '.join(shown)} from given_rows as g {' '.join(joins)}"


def _as_rows(side: str, columns: tuple[str, ...]) -> str:
    """One row a distinct row, counted once."""
    values = ", ".join(f'"{name}"::varchar' for name in columns)
    return f"select distinct [{values}]::varchar as what, 1 as n from {side}"


def _as_cells(side: str, columns: tuple[str, ...], keys: list[str]) -> str:
    """One row a key and measure, with what it counts: things counted by both sides are right."""
    key = ", ".join(f'"{name}"::varchar' for name in keys)
    known = " and ".join(f'"{name}" is not null' for name in keys)
    return " union all ".join(
        f"""select concat_ws('|', '{column}', {key}) as what, cast("{column}" as double) as n
        from {side} where {known} and "{column}" is not null"""
        for column in columns
        if column not in keys
    )
