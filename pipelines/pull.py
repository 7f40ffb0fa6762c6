"""Pull one feed: from the department's connector into raw, what is new and only that.

    hub.toml -> connectors.make -> Intake (`delivered`) -> minus what is known -> raw.<table>

One pull is one commit: rows, cursor and batch number together, so a kill or a replay loses and
doubles nothing. A source's failure is returned, not raised. Secrets: the source's, from hub.toml.
Alone: ``pull_feed(Hub.open(Home.find()), FEEDS["community.wish"])``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from connectors import Batch, make
from connectors.base import ColumnsMissing
from foundation.clock import utc_now
from foundation.engine import read_sql, run, stream
from foundation.errors import HubError, SourceInvalid
from foundation.redact import safe_exception
from pipelines.ahead import Reading, options, question
from pipelines.brought import note
from pipelines.conform.standing import Standing, reach, see_present
from pipelines.desk import Desk, at
from pipelines.erasure.match import suppress
from pipelines.erasure.suppressed import suppressed
from pipelines.hub import Hub
from pipelines.intake import Intake
from pipelines.reconcile import Compared, compare, is_reconciled, record
from schemas.derive import literal, quoted
from schemas.model import Delivery, Feed


@dataclass(frozen=True)
class PullReport:
    """What one pull did, in counts.

    delivered: rows and unreadable lines that arrived. known: those that the feed has already, or
    that a later row of the same pull overtook (`repeated`: under one key in one delivery).
    suppressed: rows of erased people, which are not stored.
    appended = delivered - known - suppressed went to raw, `unreadable` of them without cells.
    removed: keys that a whole delivery no longer holds, and lines that were mended (pull.sql).
    batch: the number of the commit, None if nothing was written. drift: undeclared columns that
    arrived. failure: why the source could not be read; complete files before it were taken all the
    same. compared: what a reconciliation found, if this pull was one.
    """

    feed: str
    delivered: int = 0
    known: int = 0
    repeated: int = 0
    suppressed: int = 0
    appended: int = 0
    unreadable: int = 0
    removed: int = 0
    batch: int | None = None
    cursor: str | None = None
    drift: tuple[str, ...] = ()
    failure: HubError | None = None
    compared: Compared | None = None
    seconds: float = 0.0

    @property
    def missing(self) -> tuple[str, ...]:
        """Declared columns without which the source was not read."""
        return self.failure.missing if isinstance(self.failure, ColumnsMissing) else ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON and for metadata."""
        failure = self.failure.as_dict() if self.failure else None
        compared = vars(self.compared) if self.compared else None
        return {**vars(self), "drift": list(self.drift), "failure": failure, "compared": compared}


def pull_feed(
    hub: Hub,
    feed: Feed,
    *,
    full: bool = False,
    reconcile: bool = False,
    desk: Desk | None = None,
    reading: Reading | None = None,
) -> PullReport:
    """Read what is new at the source and append it to raw. ``full`` reads everything again.

    A feed that follows a cursor shows its deletions only to a full pull, a snapshot feed to every
    one. ``reconcile`` reads in full what is otherwise pulled by increments, and says what they had
    missed. reading: what was begun ahead of the feed's turn, if it asks the right question. Never
    raises for the source's fault; raises LakeError for the hub's own.
    """
    began = time.monotonic()
    reconcile = reconcile and is_reconciled(feed)
    with at(desk, hub) as con:
        report = _pull(con, hub, feed, full or reconcile, reconcile, reading)
    return replace(report, seconds=round(time.monotonic() - began, 3))


def _pull(
    con: duckdb.DuckDBPyConnection,
    hub: Hub,
    feed: Feed,
    full: bool,
    reconcile: bool,
    reading: Reading | None,
) -> PullReport:
    now = reach(con, hub, feed)
    try:
        source = hub.config.source(feed.id)
        connector = make(source.transport, options(hub, source), feed)
    except HubError as error:
        return PullReport(feed.id, failure=error)
    last_cursor = _last_cursor(con, now)
    since = None if full else last_cursor
    intake = Intake(con, feed, since)
    asked = question(feed, since)
    is_begun = reading is not None and reading.question == asked
    batches = reading.batches if reading and is_begun else connector.read(asked)
    failure = _gather(intake, batches)
    report = PullReport(feed.id, drift=tuple(sorted(intake.undeclared)), failure=failure)
    if not intake.units:
        return replace(report, cursor=last_cursor)
    is_whole = feed.delivery is Delivery.SNAPSHOT or (
        full and feed.delivery is Delivery.CURSOR and failure is None
    )
    see_present(con)
    erased = suppress(con, feed, suppressed(hub.home))
    _sift(con, intake, is_whole, intake.complete if source.transport == "files" else set())
    report = _counted(con, intake, replace(report, suppressed=erased))
    if reconcile and failure is None:
        report = replace(report, compared=compare(con, feed, intake, last_cursor))
        record(hub, [(feed, "ok", report.compared)])  # before it is mended: a kill must not hide it
    remembers = source.transport == "files" and intake.cursor != last_cursor
    if not (report.appended or report.removed or remembers):
        return replace(report, cursor=last_cursor)
    batch = now.last_batch + 1
    note(hub, feed.id, batch, report.delivered, report.appended)  # a kill must not hide it, either
    _append(con, now, feed, batch, intake.cursor, remembers)
    return replace(report, batch=batch, cursor=intake.cursor)


def _last_cursor(con: duckdb.DuckDBPyConnection, now: Standing) -> str | None:
    """The cursor of the last batch; every row of a batch holds it."""
    found = run(con, "select _cursor from raw_rows where _batch = $1 limit 1", [now.last_batch])
    return found[0][0] if found else None


def _gather(intake: Intake, batches: Iterator[Batch]) -> HubError | None:
    batch, problem = _next(batches, intake.feed.id)
    while batch is not None:
        intake.take(batch)
        batch, problem = _next(batches, intake.feed.id)
    intake.finish(is_broken_off=problem is not None)
    return problem


def _next(batches: Iterator[Batch], where: str) -> tuple[Batch | None, HubError | None]:
    try:
        return next(batches, None), None
    except HubError as problem:
        return None, problem
    except Exception as error:  # a driver's own error must not stop the other feeds
        return None, SourceInvalid(
            where,
            f"reading the source failed ({safe_exception(error)})",
            "what was not read to its end was dropped; the feed keeps its last state",
            "see the message; if the source is well, report this as an error of the connector",
        )


def _sift(
    con: duckdb.DuckDBPyConnection, intake: Intake, is_whole: bool, read_files: set[str]
) -> None:
    """Find the rows of `delivered` that are new, and the keys that are absent."""
    first = intake.unit_start if intake.feed.delivery is Delivery.SNAPSHOT else 0
    files = ", ".join(map(literal, sorted(read_files)))
    run(con, f"set variable first_row = {first}; set variable is_whole = {is_whole}")
    run(con, f"set variable files = [{files}]::text[]")
    run(con, read_sql("pipelines", "pull"))


def _counted(con: duckdb.DuckDBPyConnection, intake: Intake, report: PullReport) -> PullReport:
    [(repeated, appended, unreadable, removed)] = run(
        con,
        """select (select count(*) from delivered where _row >= getvariable('first_row'))
                    - (select count(*) from latest),
                  (select count(*) from fresh),
                  (select count(*) from fresh join delivered using (_row) where _op = 'X'),
                  (select count(*) from absent)""",
    )
    return replace(
        report,
        delivered=intake.rows,
        known=intake.rows - report.suppressed - appended,
        repeated=repeated,
        appended=appended,
        unreadable=unreadable,
        removed=removed,
    )


def remove(con: duckdb.DuckDBPyConnection, now: Standing, feed: Feed) -> int:
    """Append a row of operation D for each key of `absent`, in a batch of its own; how many."""
    [(rows,)] = run(con, "select count(*) from absent")
    if rows:
        cursor = _last_cursor(con, now)
        Intake(con, feed, cursor)  # an empty `delivered`
        run(con, "create or replace temp table fresh (_row bigint)")
        _append(con, now, feed, now.last_batch + 1, cursor, remembers=False)
    return int(rows)


def _append(
    con: duckdb.DuckDBPyConnection,
    now: Standing,
    feed: Feed,
    batch: int,
    cursor: str | None,
    remembers: bool,
) -> None:
    """One commit: new rows, a row of operation D for each absent key, or C for the cursor alone.

    A C row is written only if files were taken that held nothing new: else they would be read
    again every night. The cursors of the other transports follow the rows.
    """
    names = ", ".join(quoted(name) for name in feed.sources)
    rows = f"""
        with news as (
            select {names}, _extra, _key, _hash, _op, _row
            from delivered semi join fresh using (_row)
            union all by name
            select _key, 'D' as _op, row_number() over () + $rows as _row from absent
        )
        select *, $batch::bigint as _batch, $at::timestamptz as _received_at,
               $cursor::text as _cursor
        from (from news union all by name
              select 'C' as _op, 0::bigint as _row where $remembers and not exists (from news))"""
    [(last,)] = run(con, "select coalesce(max(_row), 0) from delivered")
    values = {
        "rows": last,
        "batch": batch,
        "at": utc_now(),
        "cursor": cursor,
        "remembers": remembers,
    }
    now.raw.append(stream(con, rows, values), app=(feed.id, batch))
