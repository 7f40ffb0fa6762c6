"""Write what `action` says: quarantine first, then conformed; the last commit has the number.

    action + candidate -> conformed.<table>      action + raw rows -> quarantine.<table>

A kill between the two commits leaves the batch waiting, and the next run writes the rest. Where
nothing changes, nothing is committed. Needs no secrets. Used by pipelines.conform.run only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from foundation.engine import run, stream
from foundation.lake import LakeTable
from foundation.lake_table import App
from pipelines.conform.standing import Standing
from schemas.derive import conformed_schema, quarantine_schema, quoted
from schemas.model import Feed


@dataclass(frozen=True)
class _Work:
    """One table's rows: `desired` is all of them, `changes` and `deletes` are for a merge."""

    table: LakeTable
    desired: str
    changes: str
    deletes: str


def write(con: duckdb.DuckDBPyConnection, now: Standing, feed: Feed, last: int, anew: bool) -> None:
    """Bring both tables up to batch ``last``; ``anew`` replaces them as a whole."""
    works = [work for work in (_quarantine(now, feed), _conformed(now, feed)) if _moves(con, work)]
    app = (feed.id, last) if last > now.conformed_batch else None
    for work in works:
        _commit(con, work, app if work is works[-1] else None, anew)


def _moves(con: duckdb.DuckDBPyConnection, work: _Work) -> bool:
    return any(run(con, f"select 1 from ({sql}) limit 1") for sql in (work.changes, work.deletes))


def _commit(con: duckdb.DuckDBPyConnection, work: _Work, app: App | None, anew: bool) -> None:
    if anew or not work.table.exists:
        work.table.replace(stream(con, work.desired), app=app)
        return
    gone = con.sql(work.deletes).to_arrow_table()
    work.table.merge(stream(con, work.changes), gone, app=app)


def _conformed(now: Standing, feed: Feed) -> _Work:
    judged = """
        candidate._batch * 4294967296 + candidate._row = action.good_place"""
    own = f"""
        select {_listed(_own(conformed_schema(feed)))}, candidate._key, candidate._hash,
               candidate._batch, candidate._row, candidate._received_at,
               action.bad_place is not null as _stale, judged.warnings as _warnings,
               getvariable('rules_version') as _rules_version
        from action
        join candidate on {judged}
        join judged on judged.place = action.good_place"""
    kept = """
        select conformed_rows.* replace (true as _stale)
        from conformed_rows semi join (from action where conformed = 'stale') using (_key)"""
    return _Work(
        now.conformed,
        desired=own,
        changes=f"{own} where action.conformed in ('added', 'changed') union all by name {kept}",
        deletes="select _key from action where conformed = 'removed'",
    )


def _quarantine(now: Standing, feed: Feed) -> _Work:
    raw = [field.name for field in quarantine_schema(feed) if field.name not in _VERDICT]
    rows = f"""
        select {_listed(raw, "raw_rows")}, judged.errors as _rules,
               getvariable('rules_version') as _rules_version,
               coalesce(action._since, getvariable('judged_at')) as _since
        from action
        join judged on judged.place = action.bad_place
        join raw_rows on raw_rows._batch = judged._batch and raw_rows._row = judged._row
        where raw_rows._batch > getvariable('after_batch')"""
    return _Work(
        now.quarantine,
        desired=rows,
        changes=f"{rows} and action.quarantine = 'put'",
        deletes="select _key from action where quarantine = 'drop'",
    )


_VERDICT = ("_rules", "_rules_version", "_since")


def _own(schema: Any) -> Iterator[str]:
    return (field.name for field in schema if not field.name.startswith("_"))


def _listed(names: Any, relation: str = "candidate") -> str:
    return ", ".join(f"{relation}.{quoted(name)}" for name in names)
