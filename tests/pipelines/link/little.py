"""Small tables and models for the engine's tests: books, authors, years; nothing Chinese."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.link import (
    Blocking,
    Column,
    Comparison,
    Level,
    LinkModel,
    OneOf,
    Strong,
    exact,
    jaro_winkler,
)
from pipelines.link.run import Linking, Report

Row = dict[str, Any]

# Priors everywhere: a handful of rows can teach nothing.
TITLE = jaro_winkler("title", (0.9,), m=(0.8, 0.15, 0.05), u=(0.001, 0.004, 0.995))
AUTHOR = exact("author", m=(0.95, 0.05), u=(0.01, 0.99))
YEAR = exact("year", m=(0.9, 0.1), u=(0.03, 0.97))


def frozen(comparison: Comparison) -> Comparison:
    """The comparison with its declared shares as they are."""
    return replace(comparison, learns=False)


BOOKS = LinkModel(
    version="books-1",
    columns=(Column("title", "lower(trim(title))"),),
    comparisons=(frozen(TITLE), frozen(AUTHOR), frozen(YEAR)),
    blocking=(Blocking(("author",)), Blocking(("left(title, 4)",))),
    strong=(Strong(("isbn",), ("char_similarity(title_l, title_r) < 0.6",)),),
    constraints=(OneOf("isbn"),),
    key=("id",),
    prior=0.05,
    join_weight=5.0,
)


def book(
    key: str, title: str, author: str | None = "Doe", year: int | None = 1990, **more: Any
) -> Row:
    return {"id": key, "title": title, "author": author, "year": year, "isbn": None, **more}


_TEXT = pa.string()
SCHEMA = pa.schema(
    {"id": _TEXT, "title": _TEXT, "author": _TEXT, "year": pa.int64(), "isbn": _TEXT}
    | {"source": _TEXT, "truth": _TEXT, "tags": pa.list_(_TEXT)}
)


def write(rows: list[Row], folder: Path) -> Path:
    file = folder / "books.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), file)
    return file


def linked(
    rows: list[Row], folder: Path, model: LinkModel = BOOKS, **options: Any
) -> tuple[set[frozenset[str]], Report]:
    """The clusters as sets of ids, and the report."""
    with duckdb.connect() as con:
        linking = Linking(con, model, "model")
        linking.read(write(rows, folder))
        report = linking.link(**options)
        found = con.execute(
            "select list(id) from cluster_of join input_row using (_row) group by cluster"
        ).fetchall()
    return {frozenset(ids) for (ids,) in found}, report


def level(name: str, sql: str, m: float, u: float) -> Level:
    return Level(name, sql, m, u)
