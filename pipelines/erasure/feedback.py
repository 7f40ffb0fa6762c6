"""What was given back to the departments about the erased: ledger and files, workbooks included.

    erased_key -> hub.feedback_item, <home>/feedback/<department>/*.parquet, *.xlsx

The files go first: a kill before the ledger's commit finds the same items again. Needs no secrets.
Used by pipelines.erasure.records.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

import duckdb

from foundation.engine import attach, run, stream
from pipelines.hub import Hub
from schemas.derive import literal, table_schema
from schemas.feedback import FEEDBACK_ITEM
from schemas.model import Feed

_ROW = re.compile(r'<row r="\d+".*?</row>', re.S)
_CELL = re.compile(r"<t[^>]*>([^<]*)</t>")


def forget_feedback(con: duckdb.DuckDBPyConnection, hub: Hub, feed: Feed) -> None:
    """Remove every item about a record of this feed in `erased_key`."""
    attach(con, hub.lake, [FEEDBACK_ITEM.id], {FEEDBACK_ITEM.id: table_schema(FEEDBACK_ITEM)})
    where = f"feed = {literal(feed.id)} and record_key in (select _key from erased_key)"
    items = {
        str(one) for (one,) in run(con, f"select item_id from {FEEDBACK_ITEM.id} where {where}")
    }
    for path in sorted(hub.home.feedback.glob("*/*.parquet")):
        items |= _without_rows(con, path, where)
    for path in sorted(hub.home.feedback.glob("*/*.xlsx")):
        _without_items(path, items)
    if run(con, f"select 1 from {FEEDBACK_ITEM.id} where {where} limit 1"):
        rest = f"select * from {FEEDBACK_ITEM.id} where not coalesce({where}, false)"
        hub.lake.table("hub", FEEDBACK_ITEM.name).replace(stream(con, rest))


def _without_rows(con: duckdb.DuckDBPyConnection, path: Path, where: str) -> set[str]:
    """Rewrite the file without the rows; returns their items."""
    source = f"read_parquet({literal(str(path))})"
    found = {str(one) for (one,) in run(con, f"select item_id from {source} where {where}")}
    if found:
        draft = path.with_name(f".{path.name}.tmp")
        rest = f"select * from {source} where not coalesce({where}, false)"
        run(con, f"copy ({rest}) to {literal(str(draft))} (format parquet, compression zstd)")
        draft.chmod(0o600)
        draft.replace(path)
    return found


def _without_items(path: Path, items: Iterable[str]) -> None:
    """Rewrite the workbook without the rows of these items; the others keep their numbers."""
    wanted = set(items)
    if not wanted:
        return
    draft, is_less = path.with_name(f".{path.name}.tmp"), False
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as new:
        draft.chmod(0o600)
        for part in book.infolist():
            content = book.read(part)
            if part.filename.startswith("xl/worksheets/"):
                text = content.decode("utf-8")
                less = _ROW.sub(
                    lambda row: "" if _names(row.group(), wanted) else row.group(), text
                )
                is_less |= less != text
                content = less.encode("utf-8")
            new.writestr(part, content)
    if is_less:
        draft.replace(path)
    else:
        draft.unlink()


def _names(row: str, items: set[str]) -> bool:
    return any(cell in items for cell in _CELL.findall(row))
