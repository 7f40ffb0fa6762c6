"""What the rules say of a feed's rows and of its batch: where conform asks `expectations`.

    candidate -> verdict (rows)      judged, action -> BatchFacts -> Held (batch)

Needs no secrets. Used by pipelines.conform.settle and run.
"""

from __future__ import annotations

import hashlib

import duckdb

from expectations import registry
from expectations.batch import BatchFacts, Held, judge_batch
from expectations.verdict import Verdicts, verdicts
from foundation.engine import read_sql, run
from pipelines.conform.columns import projection
from pipelines.conform.standing import Standing
from pipelines.hub import Hub
from pipelines.pull import PullReport
from schemas.model import Delivery, Feed


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
            unreadable=unreadable,
            judged=judged,
            errors=errors,
            duplicate_keys=pull.repeated if pull else 0,
            is_full=is_whole,
        )
    )
