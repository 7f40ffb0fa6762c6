"""What has been kept long enough goes: `[retention]` in hub.toml, once a week after the night.

    raw: overtaken rows; quarantine: rows nobody mended; feedback: old files, closed items;
    PostgreSQL: old entries of the change feed

A night on which nothing is due reads one small file. A table is rewritten only if rows of it are
due, and what conform makes of raw stays the same: of every key the current row and the last good
one are kept. Old files of rewritten tables go with the next upkeep. Needs no secrets but the url's.
Alone: `hub retention`.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from foundation.engine import attach, run, stream
from foundation.home import write_private
from pipelines.access.server import owner
from pipelines.conform.standing import Standing, reach
from pipelines.hub import Hub
from schemas import FEEDS
from schemas.derive import table_schema
from schemas.feedback import FEEDBACK_ITEM

EVERY = timedelta(days=7)


def apply_retention(hub: Hub, url: str, *, now: bool = False) -> dict[str, int]:
    """Let go what is due; returns how much of what went: rows of raw and quarantine, files, items,
    entries. now: also if the last time was less than a week ago. Raises LakeError, WarehouseError.
    """
    state = _state(hub)
    last = state.get("swept")
    if not (now or last):  # the first night has nothing old
        _note(hub, state)
    if not now and (not last or date.fromisoformat(last) + EVERY > hub.as_of):
        return {}
    went = {
        **_rows(hub),
        "feedback_files": _files(hub),
        "feedback_items": _items(hub),
        "change_feed": _changes(hub, url, state.setdefault("positions", {})),
    }
    _note(hub, state)
    return {name: count for name, count in went.items() if count}


def _rows(hub: Hub) -> dict[str, int]:
    """Rows of raw and quarantine, feed by feed."""
    went = {"raw_history": 0, "quarantine": 0}
    for feed in FEEDS.values():
        with hub.connect() as con:
            now = reach(con, hub, feed)
            if now.raw.exists:
                for name, count in _feed_rows(con, hub, now).items():
                    went[name] += count
    return went


def _feed_rows(con: duckdb.DuckDBPyConnection, hub: Hub, now: Standing) -> dict[str, int]:
    kept = hub.config.retention
    run(con, f"set variable last_batch = {now.last_batch}")
    run(con, f"set variable raw_before = {_before(hub, kept.raw_history)}")
    run(con, f"set variable mended_before = {_before(hub, kept.quarantine)}")
    run(con, _DUE)
    [(overtaken, unmended)] = run(
        con, "select (select count(*) from overtaken), (select count(*) from unmended)"
    )
    if overtaken or unmended:
        if unmended:
            now.quarantine.replace(
                stream(con, "from quarantine_rows anti join unmended using (_key)")
            )
        now.raw.replace(stream(con, _KEPT))
    return {"raw_history": int(overtaken), "quarantine": int(unmended)}


# What overtook a row is younger, so of a key that was deleted all goes, its deletion last.
# Never of the last batch, which holds the cursor, nor of batches that wait. A key that has a good
# row besides stays in quarantine: what is shown of it is marked stale for that.
_DUE = """
create or replace temp table unmended as
select _key from quarantine_rows
where _since < getvariable('mended_before') and _batch < getvariable('last_batch')
  and _key not in (select _key from conformed_rows)
  and _key not in (select _key from raw_rows
    where _key is not null and _batch >= least(getvariable('last_batch'),
      getvariable('conformed_batch') + 1));
create or replace temp table overtaken as
select _batch, _row from raw_rows as r
where _received_at < getvariable('raw_before')
  and _batch < getvariable('last_batch') and _batch <= getvariable('conformed_batch')
  and not exists (from conformed_rows as c where c._batch = r._batch and c._row = r._row)
  and not exists (from quarantine_rows as q where q._batch = r._batch and q._row = r._row)
  and (_op in ('C', 'D') or exists (
    from raw_rows as l where l._key = r._key and (l._batch, l._row) > (r._batch, r._row)))
"""
_KEPT = """
from raw_rows anti join overtaken using (_batch, _row)
where _key is null or _key not in (from unmended)
"""


def _before(hub: Hub, days: int) -> str:
    """SQL of the instant before which things are due; for good: of none."""
    if not days:
        return "timestamptz '0001-01-01 00:00:00+00'"
    return f"timestamptz '{(hub.as_of - timedelta(days=days)).isoformat()} 00:00:00+08'"


def _files(hub: Hub) -> int:
    """Files to the departments; their names are their days."""
    days = hub.config.retention.feedback
    if not days:
        return 0
    oldest = (hub.as_of - timedelta(days=days)).isoformat()
    due = [path for path in hub.home.feedback.glob("*/20*-*-*.*") if path.stem < oldest]
    for path in due:
        path.unlink()
    return len(due)


def _items(hub: Hub) -> int:
    """Closed items of the ledger."""
    days, table = hub.config.retention.feedback, hub.lake.table("hub", FEEDBACK_ITEM.name)
    if not days or not table.exists:
        return 0
    oldest = (hub.as_of - timedelta(days=days)).isoformat()
    due = f"coalesce(closed_on < date '{oldest}', false)"
    with hub.connect() as con:
        attach(con, hub.lake, [FEEDBACK_ITEM.id], {FEEDBACK_ITEM.id: table_schema(FEEDBACK_ITEM)})
        [(count,)] = run(con, f"select count(*) from {FEEDBACK_ITEM.id} where {due}")
        if count:
            table.replace(stream(con, f"from {FEEDBACK_ITEM.id} where not {due}"))
    return int(count)


def _changes(hub: Hub, url: str, positions: dict[str, Any]) -> int:
    """Entries of the change feed: how far it was is noted each week, since they bear no date."""
    days = hub.config.retention.change_feed
    oldest = (hub.as_of - timedelta(days=days)).isoformat() if days else ""
    due = sorted(day for day in positions if day < oldest)
    with owner(url, "the change feed is as it was") as connection:
        [row] = connection.execute(
            "select coalesce(max(position), 0) as last from warehouse.change_feed"
        ).fetchall()
        gone = 0
        if due:
            gone = connection.execute(
                "delete from warehouse.change_feed where position <= %s", [positions[due[-1]]]
            ).rowcount
    for day in due:
        del positions[day]
    positions[hub.as_of.isoformat()] = row["last"]
    return gone


def _state(hub: Hub) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(_path(hub).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return said


def _note(hub: Hub, state: dict[str, Any]) -> None:
    write_private(_path(hub), json.dumps(state | {"swept": hub.as_of.isoformat()}))


def _path(hub: Hub) -> Path:
    return hub.home.runs / "retention"
