"""What to show of a row: the fields that a rule is about, as the department delivered them.

    todo + raw rows -> own_value ("身份证号码：…；性别：…")      between_finding -> other_value

Only rows that are new or changed are asked for, of late pulls first. Needs no secrets.
Used by pipelines.feedback.run.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from expectations import checks_for
from foundation.engine import read_sql, run, select_table
from pipelines.hub import Hub
from schemas import FEEDS, Feed
from schemas.derive import literal, quoted, raw_schema
from schemas.model import Column

LONGEST = 500  # characters shown of the fields of one row
_LATE = 0.1  # a late pull's file is at most so large beside the largest
_HELPER = re.compile(r"^(raw_|_(id|full|valid|digits|born|text|plain|phone|mobile|code|date)_)")
_PART = re.compile(r"_(precision|text)$")


def read_values(con: duckdb.DuckDBPyConnection, hub: Hub) -> None:
    """Make `shown` (item_id, own_value, other_department, other_value) of what is in `todo`."""
    run(con, "create or replace temp table own (item_id text, own_value text)")
    feeds = [name for (name,) in run(con, "select distinct feed from todo order by feed")]
    run(con, "create schema if not exists raw")
    for feed in (FEEDS[name] for name in feeds if name in FEEDS):
        table = hub.lake.table("raw", feed.table)
        for paths in _by_age(table.files()) if table.exists else ():
            rows = select_table(con, paths, table.schema(), raw_schema(feed))
            run(con, f"create or replace view raw.{quoted(feed.table)} as {rows}")
            if _lacks(con, feed):
                run(con, _own_sql(feed))
    run(con, read_sql("pipelines.feedback", "values"))


def _by_age(paths: list[str]) -> list[list[str]]:
    """The small files of late pulls, which hold most of what is asked for; then the others."""
    sizes = {path: Path(path).stat().st_size for path in paths}
    late = [path for path in paths if sizes[path] <= max(sizes.values()) * _LATE]
    return [part for part in (late, [path for path in paths if path not in late]) if part]


def _lacks(con: duckdb.DuckDBPyConnection, feed: Feed) -> bool:
    """Whether a row of the feed is still to be found."""
    its = f"select 1 from todo anti join own using (item_id) where feed = {literal(feed.id)}"
    return bool(run(con, f"{its} and speaking_feed is null limit 1"))


def _own_sql(feed: Feed) -> str:
    """A key and hash may have several raw rows, which then read alike."""
    return f"""
        insert into own
        select todo.item_id, left(any_value({_said(feed)}), {LONGEST})
        from todo
        join raw.{quoted(feed.table)} as r
          on r._key = todo.record_key and r._hash = todo.row_hash
        where todo.feed = {literal(feed.id)} and todo.speaking_feed is null
          and todo.item_id not in (select item_id from own)
        group by todo.item_id"""


def _said(feed: Feed) -> str:
    fields = {check.id: fields_of(feed, check.columns) for check in checks_for(feed)}
    arms = " ".join(
        f"when {literal(rule)} then concat_ws('；', {', '.join(map(_shown, columns))})"
        for rule, columns in fields.items()
        if columns
    )
    line = "concat_ws('；', r._extra ->> 'unit', r._extra ->> 'place', r._extra ->> 'line')"
    unreadable = f"when {literal('batch.unreadable_line')} then {line}"
    return f"case todo.matter {unreadable} {arms} end"


def _shown(column: Column) -> str:
    value = f"coalesce(nullif(r.{quoted(column.source)}, ''), '（空）')"
    return f"{literal(column.title_zh)} || '：' || {value}"


def fields_of(feed: Feed, names: tuple[str, ...]) -> list[Column]:
    """The declared columns behind those of a check, which may be helpers (expectations.roles)."""
    declared = {column.name: column for column in feed.columns}
    plain = [(name, _HELPER.sub("", name)) for name in names]
    spelled = ((*pair, _PART.sub("", pair[1])) for pair in plain)
    found = (next((declared[n] for n in each if n in declared), None) for each in spelled)
    return list({column.name: column for column in found if column is not None}.values())
