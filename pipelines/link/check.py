"""Whether a model makes sense, by itself and over a table; every error names the place.

    LinkModel -> check_model (names, numbers) -> check_sql (each piece of SQL, over no rows)

Needs no secrets.
"""

import re
from collections.abc import Iterator

import duckdb

from foundation.engine import quote
from foundation.errors import ConfigError
from pipelines.link.model import KEEPS, Comparison, LinkModel, OneOf, OnePer, Within

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SIDE = re.compile(r"\b([A-Za-z_][A-Za-z0-9_]*)_[lr]\b")


def check_model(model: LinkModel, where: str) -> None:
    """Raise ConfigError for what contradicts itself."""
    problems = [*_of_parts(model), *_of_levels(model), *_of_needs(model)]
    if problems:
        place, what, remedy = problems[0]
        raise ConfigError(f"{where}: {place}", what, "nothing was linked", remedy)


Problem = tuple[str, str, str]


def _of_parts(model: LinkModel) -> Iterator[Problem]:
    if not model.comparisons and not model.strong:
        yield "comparisons", "nothing is compared and nothing ties", "declare one of both"
    if model.comparisons and not model.blocking:
        yield "blocking", "no rule says which rows to compare", "declare a blocking rule"
    for column in model.columns:
        if not _NAME.fullmatch(column.name) or column.name.startswith("_"):
            yield f"columns.{column.name}", "it is no plain name", "use letters, digits and _"
        if column.keep not in KEEPS or column.keep in ("latest", "first"):
            known = ", ".join(k for k in KEEPS if k not in ("latest", "first"))
            yield f"columns.{column.name}.keep", f"{column.keep!r} is unknown", f"use {known}"
    for one in model.survivorship:
        if one.keep not in KEEPS:
            yield (
                f"survivorship.{one.column}",
                f"{one.keep!r} is unknown",
                "use " + ", ".join(KEEPS),
            )
        if one.keep in ("latest", "first") and not one.by:
            yield f"survivorship.{one.column}.by", f"{one.keep} needs it", "name a column"
    if model.review_weight > model.join_weight:
        yield "review_weight", "it is above join_weight", "lower it"
    if not set(model.learn_from) <= {"labels", "em"}:
        yield "learn_from", "it names something else", "write labels, em, both or none"
    if model.prior is not None and not 0 < model.prior < 1:
        yield "prior", "it is no share between 0 and 1", "leave it out to have it found"


def _of_levels(model: LinkModel) -> Iterator[Problem]:
    names = [one.name for one in model.comparisons]
    for comparison in model.comparisons:
        place = f"comparisons.{comparison.name}"
        if not _NAME.fullmatch(comparison.name) or names.count(comparison.name) > 1:
            yield place, "its name is no plain word, or is used twice", "give it its own `name`"
        levels = [level.name for level in comparison.all_levels]
        if not comparison.levels or len(set(levels)) < len(levels):
            yield place, "it has no levels, or two of one name", "name each level"
        for level in comparison.all_levels:
            yield from _of_shares(f"{place}.levels.{level.name}", level.m, level.u)
        if not comparison.learns and not all(one.has_priors for one in comparison.all_levels):
            yield place, "it does not learn, and a level has no m and u", "declare them"


def _of_shares(place: str, m: float | None, u: float | None) -> Iterator[Problem]:
    for name, share in (("m", m), ("u", u)):
        if share is not None and not 0 < share <= 1:
            yield f"{place}.{name}", "it is no share above 0 and up to 1", "write a share"


def _of_needs(model: LinkModel) -> Iterator[Problem]:
    known = {f"{one.name}.{level.name}" for one, level in model.levels()}
    for number, group in enumerate(model.needs, 1):
        for name in group:
            if name not in known:
                remedy = f"known: {', '.join(sorted(known))}"
                yield f"needs[{number}]", f"{name!r} is no comparison.level", remedy


def sides(sql: str) -> set[str]:
    """The names x of ``x_l`` and ``x_r`` in a piece of SQL."""
    return set(_SIDE.findall(sql))


def comparison_sql(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Each piece of SQL of a comparison with its place."""
    place = f"comparisons.{comparison.name}"
    yield f"{place}.missing", comparison.missing
    yield from ((f"{place}.levels.{one.name}.sql", one.sql) for one in comparison.all_levels)


def check_columns(
    con: duckdb.DuckDBPyConnection, model: LinkModel, where: str, relation: str
) -> None:
    """Bind the SQL of every Column over the input; raises ConfigError with DuckDB's own words."""
    for column in model.columns:
        _bind(con, f"{where}: columns.{column.name}.sql", f"select {column.sql} from {relation}")


def check_sql(
    con: duckdb.DuckDBPyConnection, model: LinkModel, where: str, rows: str, pairs: str
) -> None:
    """Bind every other piece: over ``rows`` what reads one row, over ``pairs`` what reads two."""
    for one in model.strong:
        _names(con, f"{where}: strong.{one.name}.columns", one.columns, rows)
        for sql in one.contradicted_by:
            _bind(con, f"{where}: strong.{one.name}.contradicted_by", _where(sql, pairs))
    for comparison in model.comparisons:
        for place, sql in comparison_sql(comparison):
            _bind(con, f"{where}: {place}", _where(sql, pairs))
        for level in comparison.all_levels:
            used = tuple(name for name in (level.term, level.u_by) if name)
            _names(con, f"{where}: comparisons.{comparison.name}.levels.{level.name}", used, rows)
    for number, rule in enumerate(model.blocking, 1):
        for value in rule.values:
            _bind(con, f"{where}: blocking[{number}].values", f"select {value} from {rows}")
    for number, limit in enumerate(model.constraints, 1):
        assert isinstance(limit, OneOf | Within | OnePer)
        _names(con, f"{where}: constraints[{number}].column", (limit.column,), rows)
    for survivor in model.survivorship:
        used = (survivor.column, *([survivor.by] if survivor.by else []))
        _names(con, f"{where}: survivorship.{survivor.column}", used, rows)


def _where(sql: str, pairs: str) -> str:
    return f"select 1 from {pairs} where ({sql})"


def _names(
    con: duckdb.DuckDBPyConnection, place: str, names: tuple[str, ...], relation: str
) -> None:
    for name in names:
        _bind(con, place, f"select {quote(name)} from {relation}")


def _bind(con: duckdb.DuckDBPyConnection, place: str, sql: str) -> None:
    try:
        con.execute(f"{sql} limit 0").fetchall()
    except duckdb.Error as error:
        what = str(error).splitlines()[0]
        remedy = "columns are those of the input and of `columns`; pairs have x_l and x_r"
        raise ConfigError(place, what, "nothing was linked", remedy) from None


def check_truth(model: LinkModel, where: str, truth: str | None) -> None:
    """Raise ConfigError where the model reads the column that it is to be measured by."""
    said = repr(model)
    if truth and re.search(rf"\b{re.escape(truth)}(_[lr])?\b", said):
        raise ConfigError(
            where,
            f"the model names {truth}, the column of the truth",
            "nothing was linked",
            "leave it out of the model, or measure by another column",
        )
