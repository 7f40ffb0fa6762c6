"""The steps between raw rows and what is written: what is right, what becomes of each key.

    waiting -> candidate -> verdict (judge) -> action (settle) -> counts, moves

The set logic is settle.sql. Needs no secrets. Used by pipelines.conform.run only.
"""

from __future__ import annotations

from typing import Any

import duckdb

from expectations.verdict import Verdicts
from foundation.clock import utc_now
from foundation.engine import read_sql, run
from pipelines.conform.columns import projection
from pipelines.conform.judgement import row_verdicts
from pipelines.conform.standing import Standing
from pipelines.hub import Hub
from pipelines.pull import PullReport
from schemas.derive import conformed_schema, literal, quarantine_schema
from schemas.model import Feed


def is_outdated(con: duckdb.DuckDBPyConnection, now: Standing, feed: Feed, version: str) -> bool:
    """Whether any row was judged by other rules than today's. Most nights most feeds bring nothing:
    then this is all that is asked of their tables, and no view is made for it."""
    other = "select 1 from ({}) where _rules_version is distinct from $1 limit 1"
    tables = ((now.conformed, conformed_schema(feed)), (now.quarantine, quarantine_schema(feed)))
    return any(
        run(con, other.format(table.select(con, schema)), [version])
        for table, schema in tables
        if table.exists
    )


def judge(
    con: duckdb.DuckDBPyConnection, hub: Hub, feed: Feed, after: int, version: str
) -> Verdicts:
    """Make `candidate` and `verdict` of the raw rows behind batch ``after``.

    The answer also says which rules could not run.
    """
    at = utc_now().isoformat()
    run(con, f"set variable rules_version = {literal(version)}")
    run(con, f"set variable judged_at = {literal(at)}::timestamptz")
    run(con, f"set variable as_of = date '{hub.as_of.isoformat()}'")
    run(con, f"set variable after_batch = {after}")
    if not run(con, "select getvariable('has_macros')")[0][0]:  # another feed's, before this one
        run(con, read_sql("pipelines.conform", "macros"))
        run(con, "set variable has_macros = true")
    rows = "(from raw_rows where _op = 'U' and _batch > getvariable('after_batch'))"
    candidate = projection(feed, rows)
    run(con, f"create or replace temp table candidate as {candidate}")
    return row_verdicts(con, hub, feed)


def settle(con: duckdb.DuckDBPyConnection, last: int, anew: bool) -> None:
    """Make `action`: what becomes of each key that has raw rows up to batch ``last``."""
    run(con, f"set variable last_batch = {last}; set variable is_anew = {anew}")
    run(con, read_sql("pipelines.conform", "settle"))


def counts(
    con: duckdb.DuckDBPyConnection, pull: PullReport | None, conformed_batch: int
) -> dict[str, Any]:
    """Rows of the pull's batch that passed or not (without a pull, of all), and rows by rule."""
    own = "true" if pull is None else f"_batch = {pull.batch or -1}"
    [(conformed, quarantined, waiting)] = run(
        con,
        f"""select count(*) filter ({own} and len(errors) = 0),
                   count(*) filter ({own} and len(errors) > 0),
                   count(*) filter (not ({own}) and _batch > {conformed_batch})
            from judged where _op in ('U', 'X')""",
    )
    by_rule = run(
        con,
        """select rule, count(*) from (select unnest(errors || warnings) as rule from judged)
           group by rule order by rule""",
    )
    return {
        "conformed": conformed,
        "quarantined": quarantined,
        "waiting": waiting,
        "broken": dict(by_rule),
    }


def moves(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many rows of the conformed table were added, changed, marked stale and removed."""
    names = {"added": "added", "changed": "changed", "stale": "staled", "removed": "removed"}
    found = dict(run(con, "select conformed, count(*) from action group by conformed"))
    [(reentered,)] = run(
        con,
        "select count(*) from action where quarantine = 'drop' and good_place is not null",
    )
    return {names[name]: found.get(name, 0) for name in names} | {"reentered": reentered}
