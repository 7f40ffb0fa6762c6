"""A department's files: a workbook for people, and the same as Parquet for its programs.

    item_now, hub.rule_result -> <home>/feedback/<department>/<day>.xlsx, <day>.parquet

The workbook holds every error and every contradiction, warnings by priority up to a limit that its
first sheet states beside the totals; Parquet holds all. Folders are 0700, files 0600, the last 31
days are kept. Needs no secrets. Used by pipelines.feedback.run.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa

from foundation.engine import read_sql, register, run, stream
from pipelines.feedback.workbook import Sheet, write_workbook
from pipelines.hub import Hub
from schemas import FEEDS
from schemas.derive import literal
from schemas.feeds import DEPARTMENTS

LISTED = 3_000  # of each kind that only asks for a look; errors are all listed
CLOSED_DAYS = 31  # how long a closed item is shown
KEPT_FILES = 31
_ORDER = "priority, opened_on, feed, matter, item_id"
_SHEETS = {"必须更正": "error", "部门间矛盾": "contradiction", "提醒": "warning"}  # of open items
_OPEN = (
    *("事项编号", "数据集", "问题", "记录主键", "本部门数据"),
    *("对方部门", "对方数据", "首次发现", "已历天数", "状态"),
)
_CLOSED = (*_OPEN[:8], "办结日期", "用时天数", "办结方式")
_SUMMARY = (
    *("级别", "数据集", "问题", "问题代码", "未办结", "今日新增"),
    *("近期办结", "检查行数", "列入本文件"),
)


def write_files(con: duckdb.DuckDBPyConnection, hub: Hub) -> dict[str, Path]:
    """Write the files of the departments that tonight changes; their workbooks by department."""
    names = pa.table({"feed": list(FEEDS), "feed_zh": [f.title_zh for f in FEEDS.values()]})
    register(con, "feed_name", names)
    run(con, f"set variable closed_days = {CLOSED_DAYS}")
    run(con, read_sql("pipelines.feedback", "file"))
    changed = run(con, "select distinct department from change order by department")
    departments = {name: f"where department = {literal(name)}" for (name,) in changed}
    for own in departments.values():
        for severity in _SHEETS.values():
            run(con, f"insert into listed {_foremost(own, severity)}")
    run(con, read_sql("pipelines.feedback", "summary"))
    return {name: _write(con, hub, name, own) for name, own in departments.items()}


def _write(con: duckdb.DuckDBPyConnection, hub: Hub, department: str, own: str) -> Path:
    folder = hub.home.feedback / department
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    target = folder / f"{hub.as_of.isoformat()}.xlsx"
    feed = f"select * from file_item {own}"
    _whole(target.with_suffix(".parquet"), lambda draft: _parquet(con, feed, draft))
    sheets = [
        Sheet("汇总", _SUMMARY, stream(con, _listed("file_summary", own)).read_all()),
        *(
            Sheet(name, _OPEN, stream(con, _open(own, severity)).read_all())
            for name, severity in _SHEETS.items()
        ),
        Sheet("已办结", _CLOSED, stream(con, _closed(own)).read_all()),
    ]
    said = _about(DEPARTMENTS.get(department, department), hub.as_of.isoformat())
    _whole(target, lambda draft: write_workbook(draft, said, sheets))
    for old in sorted(folder.glob("20*-*-*.*"))[: -2 * KEPT_FILES]:
        old.unlink()
    return target


def _about(department: str, day: str) -> list[str]:
    return [
        f"{department} 数据问题反馈（截至 {day}）",
        f"“必须更正”全部列出；“部门间矛盾”“提醒”按优先级各最多列出 {LISTED} 条，"
        "其余见同名 parquet 文件。",
        f"“已办结”为近 {CLOSED_DAYS} 天内的事项。“对方数据”只列出约定可以共享的内容。"
        "本文件含个人信息，请妥善保管。",
    ]


def _whole(target: Path, write: Callable[[Path], object]) -> None:
    """A file of mode 0600, whole or not at all."""
    draft = target.with_name(f".{target.name}.tmp")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    write(draft)
    draft.chmod(0o600)
    draft.replace(target)


def _parquet(con: duckdb.DuckDBPyConnection, sql: str, draft: Path) -> None:
    run(con, f"copy ({sql}) to {literal(str(draft))} (format parquet, compression zstd)")


def _listed(relation: str, own: str) -> str:
    return f"select * exclude (department, place) from {relation} {own} order by place"


def _foremost(own: str, severity: str) -> str:
    """The ids of the open items to be listed: only the first are looked for, nothing is ranked."""
    limit = "" if severity == "error" else f"limit {LISTED}"
    open_ones = f"from item_now {own} and severity = {literal(severity)} and closed_on is null"
    return f"select item_id {open_ones} order by {_ORDER} {limit}"


def _open(own: str, severity: str) -> str:
    return f"""
        select item_id, feed_zh, title_zh, record_key, own_value, other_department, other_value,
          opened_on::text, days, case when is_new then '新增' else '未办结' end
        from file_item semi join listed using (item_id)
        {own} and severity = {literal(severity)} and closed_on is null
        order by {_ORDER}"""


def _closed(own: str) -> str:
    return f"""
        select item_id, feed_zh, title_zh, record_key, own_value, other_department, other_value,
          opened_on::text, closed_on::text, days, closed_how_zh
        from file_item {own} and closed_on is not null
        order by closed_on desc, {_ORDER} limit {LISTED}"""
