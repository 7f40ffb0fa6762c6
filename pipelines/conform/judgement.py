"""What the rules say of a feed's rows and of its batch: where conform asks `expectations`.

    candidate -> verdict (rows)      judged, action -> BatchFacts -> Held (batch)

Needs no secrets. Used by pipelines.conform.settle and run.
"""

from __future__ import annotations

import hashlib

import duckdb

from expectations import registry
from expectations.batch import FEW_ROWS, BatchFacts, Held, judge_batch
from expectations.verdict import Verdicts, verdicts
from foundation.engine import quote, read_sql, run
from pipelines.conform.columns import projection, raw_name
from pipelines.conform.standing import Standing
from pipelines.hub import Hub
from pipelines.pull import PullReport
from schemas import CODE_LISTS
from schemas.model import Column, Delivery, Feed, Type

LOOKED_AT = 2_000  # rows: a column that changed its type did so in all of them
_NUMBER = "[+-]?[0-9]+([.][0-9]+)?"


def rules_version(feed: Feed) -> str:
    """16 hex digits that change with the rules, the conversions or the declaration of the feed."""
    said = (
        registry.rules_version(feed),
        read_sql("pipelines.conform", "macros"),
        projection(feed, ""),
    )
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def row_verdicts(con: duckdb.DuckDBPyConnection, hub: Hub, feed: Feed) -> Verdicts:
    """Make `verdict` of `candidate`; says which rules could not run."""
    return verdicts(con, feed, "candidate", as_of=hub.as_of)


def weigh(
    con: duckdb.DuckDBPyConnection, now: Standing, feed: Feed, pull: PullReport | None
) -> Held:
    """Judge what waits as one batch, by what it would change: a second night weighs the same."""
    [(judged, errors, unreadable)] = run(
        con,
        """select count(*) filter (_op = 'U'), count(*) filter (_op = 'U' and len(errors) > 0),
                  count(*) filter (_op = 'X')
           from judged where _batch > $1""",
        [now.conformed_batch],
    )
    [(added, removed)] = run(
        con,
        """select count(*) filter (conformed = 'added'), count(*) filter (conformed = 'removed')
           from action""",
    )
    previous = now.conformed.num_rows
    is_whole = feed.delivery is Delivery.SNAPSHOT or removed > 0
    return judge_batch(
        BatchFacts(
            feed,
            delivered=(previous + added - removed if is_whole else judged) + unreadable,
            previous=previous,
            removed=removed,
            added_columns=pull.drift if pull else (),
            retyped_columns=retyped_columns(con, feed) if previous else (),
            unreadable=unreadable,
            judged=judged,
            errors=errors,
            duplicate_keys=pull.repeated if pull else 0,
            is_full=is_whole,
        )
    )


def retyped_columns(con: duckdb.DuckDBPyConnection, feed: Feed) -> tuple[str, ...]:
    """Columns (the department's names) whose newest values are of another kind than the known ones.

    Of another kind: at most one in twenty is text that is no number, or can be converted, where
    most were. Looks at a part of the rows, and proves nothing by fewer than 20.
    """
    columns = [column for column in feed.columns if column.source not in feed.key]
    newest = "candidate semi join outcome on _batch * 4294967296 + _row = outcome.last_place"
    now = _of_kind(con, newest, columns, raw=True)
    odd = [c for c, given, fit in now if given >= FEW_ROWS and fit * 20 <= given]
    before = _of_kind(con, "conformed_rows", odd, raw=False)
    return tuple(c.source for c, given, fit in before if given >= FEW_ROWS and fit * 2 > given)


def _of_kind(
    con: duckdb.DuckDBPyConnection, relation: str, columns: list[Column], raw: bool
) -> list[tuple[Column, int, int]]:
    """Each column with how many values are given, and how many of them are of its kind."""
    if not columns:
        return []
    counts = ", ".join(part for column in columns for part in _kind_counts(column, raw))
    names = dict.fromkeys(name for column in columns for name in _read(column, raw))
    rows = f"select {', '.join(map(quote, names))} from {relation} limit {LOOKED_AT}"
    [found] = run(con, f"select {counts} from ({rows})")
    return list(zip(columns, found[::2], found[1::2], strict=True))


def _read(column: Column, raw: bool) -> tuple[str, ...]:
    return (
        (column.name, raw_name(column)) if raw and column.type is not Type.TEXT else (column.name,)
    )


def _kind_counts(column: Column, raw: bool) -> tuple[str, str]:
    name, given = quote(column.name), quote(_read(column, raw)[-1])
    is_number = f"regexp_full_match({name}, '{_NUMBER}')"
    fits = f"not {is_number}" if _is_open(column) else f"{name} is not null"
    return f"count({given})", f"count(*) filter ({fits})"


def _is_open(column: Column) -> bool:
    """Whether any text is a value of the column."""
    listed = CODE_LISTS[column.code_list] if column.code_list else None
    return column.type is Type.TEXT or (listed is not None and listed.open_ended)
