"""What is wrong tonight, by department and row: where all the hub's verdicts come together.

    conformed, quarantine, warehouse.discrepancy, hub.feed_status -> `finding`, one row an item

`matter` is what each rule is called and how urgent it is. Needs no secrets.
Used by pipelines.feedback.run; the set logic is findings.sql.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa

from expectations import RULES, Kind, Rule, Severity
from expectations.batch import BATCH_RULES
from expectations.between import BETWEEN, Between, Side
from foundation.engine import attach, read_sql, register, run
from pipelines.hub import Hub
from pipelines.rule_results import RULE_RESULT
from pipelines.status import FEED_STATUS
from schemas import CODE_LISTS, FEEDS, Feed
from schemas.derive import conformed_schema, literal, quarantine_schema, quoted, table_schema
from schemas.feedback import FEEDBACK_ITEM
from schemas.feeds import DEPARTMENTS
from schemas.model import Column, Sensitivity
from schemas.warehouse import TABLES

DISCREPANCY = TABLES["discrepancy"]
# An error keeps a row out and comes first, then what others contradict, then what decides who a
# person is and who is paid.
ERROR, CONTRADICTION, URGENT, USUAL, LESS = range(1, 6)
_URGENT = {Kind.IDENTITY, Kind.BENEFIT, Kind.EMERGENCY}
_LESS = {Kind.TEXT, Kind.PHONE, Kind.CODE}
_FEED_MATTERS = {"feed.failed": "未能读取本部门数据", "feed.held": "整批数据暂缓入库"}


def read_findings(con: duckdb.DuckDBPyConnection, hub: Hub, secret: str) -> None:
    """Make `finding` and `matter`, and views of all that they are made of.

    secret: goes into every item's id, so that an id tells nothing of the record's key.
    """
    _attach(con, hub)
    register(con, "matter", _matters())
    register(con, "side", _sides())
    register(con, "code_name", _code_names())
    run(con, f"create or replace temp table row_finding as {_rows_sql()}")
    run(con, f"set variable item_secret = {literal(secret)}")
    run(con, read_sql("pipelines.feedback", "findings"))


def _attach(con: duckdb.DuckDBPyConnection, hub: Hub) -> None:
    schemas = {f"conformed.{feed.table}": conformed_schema(feed) for feed in FEEDS.values()}
    schemas |= {f"quarantine.{feed.table}": quarantine_schema(feed) for feed in FEEDS.values()}
    tables = (DISCREPANCY, FEED_STATUS, RULE_RESULT, FEEDBACK_ITEM)
    schemas |= {table.id: table_schema(table) for table in tables}
    attach(con, hub.lake, schemas, schemas)


def _rows_sql() -> str:
    """One row a rule that a row breaks. A row that a worse one has overtaken says nothing more."""
    return "\nunion all\n".join(sql for feed in FEEDS.values() for sql in _feed_sql(feed))


def _feed_sql(feed: Feed) -> Iterator[str]:
    where = {
        "conformed": "unnest(_warnings) as matter, {} where not _stale and len(_warnings) > 0",
        "quarantine": "unnest(_rules) as matter, {}",
    }
    for zone, text in where.items():
        table = f"_key as record_key, _hash as row_hash from {zone}.{quoted(feed.table)}"
        yield f"select {literal(feed.id)} as feed, {text.format(table)}"


def _matters() -> pa.Table:
    """matter, severity, priority, title_zh of everything that can be found."""
    rows = [(rule.id, *_urgency(rule), rule.title_zh) for rule in RULES.values()]
    rows += [(rule.id, "error", ERROR, rule.title_zh) for rule in BATCH_RULES.values()]
    rows += [("batch.unreadable_line", "error", ERROR, "无法解析的行")]
    rows += [(rule.id, "contradiction", CONTRADICTION, rule.title_zh) for rule in BETWEEN.values()]
    rows += [(name, "error", ERROR, title) for name, title in _FEED_MATTERS.items()]
    names = ("matter", "severity", "priority", "title_zh")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def _urgency(rule: Rule) -> tuple[str, int]:
    if rule.severity is Severity.ERROR:
        return "error", ERROR
    return "warning", URGENT if rule.kind in _URGENT else LESS if rule.kind in _LESS else USUAL


def _sides() -> pa.Table:
    """Of each pair of feeds that a rule compares: the fields' titles, and may the value be told."""
    rows = [_side(rule, side) for rule in BETWEEN.values() for side in rule.sides]
    return pa.Table.from_pylist(rows, schema=_SIDE)


_SIDE = pa.schema(
    [(n, pa.string()) for n in ("matter", "feed", "other_feed", "title", "other_title")]
    + [(n, pa.string()) for n in ("code_list", "other_code_list", "department_zh")]
    + [("is_shared", pa.bool_())]
)


def _side(rule: Between, side: Side) -> dict[str, Any]:
    """A feed without the column may still say it, by its id number: both are titled alike."""
    speaks, own = side.columns
    about = next((c for c in (own, speaks) if c.name.rstrip("_0123456789") == rule.kind), None)
    giver, receiver = (name.partition(".")[0] for name in (side.feed, side.other_feed))
    return {
        "matter": rule.id,
        "feed": side.feed,
        "other_feed": side.other_feed,
        "title": (about or speaks).title_zh,
        "other_title": (about or own).title_zh,
        "code_list": (about or speaks).code_list,
        "other_code_list": (about or own).code_list,
        "department_zh": DEPARTMENTS[giver],
        "is_shared": may_be_told(speaks, giver, receiver),
    }


def may_be_told(column: Column, giver: str, receiver: str) -> bool:
    """Whether a department may see another's value of the column: if it is public or declared."""
    is_open = column.sensitivity is Sensitivity.PUBLIC
    return is_open or giver == receiver or receiver in column.shareable_with


def _code_names() -> pa.Table:
    pairs = [(n, c, zh) for n, listed in CODE_LISTS.items() for c, zh in listed.codes.items()]
    names = ("code_list", "code", "title_zh")
    return pa.table(dict(zip(names, map(list, zip(*pairs, strict=True)), strict=True)))


def sources(hub: Hub, con: duckdb.DuckDBPyConnection) -> str:
    """A text that is the same while nothing that findings are made of has changed."""
    names = [
        f"{zone}.{feed.table}" for feed in FEEDS.values() for zone in ("conformed", "quarantine")
    ]
    tables = [hub.lake.table(*name.split(".")) for name in (*names, DISCREPANCY.id)]
    versions = {table.full_name: table.version for table in tables if table.exists}
    attach(con, hub.lake, [FEED_STATUS.id], {FEED_STATUS.id: table_schema(FEED_STATUS)})
    unwell = run(
        con, "select feed, state, message from hub.feed_status where state <> 'ok' order by feed"
    )
    said = [versions, unwell, _matters().to_pydict(), _sides().to_pydict()]
    return json.dumps(said, ensure_ascii=False, sort_keys=True, default=str)
