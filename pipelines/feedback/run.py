"""The night's last work: what is wrong goes back to the departments, what was mended is closed.

    finding -> todo, leaving -> change -> <home>/feedback/<department>/<day>.xlsx, .parquet
                                       -> hub.feedback_item, hub.feedback_status

Files are written before the ledger: a kill between is made good by the next run, which finds the
same. Where nothing changed, nothing is written. Needs no secrets.
Alone: ``give_back(Hub.open(Home.find()))``, or `hub feedback run`.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from foundation.engine import attach, read_sql, run, stream
from foundation.home import write_private
from pipelines.feedback.files import write_files
from pipelines.feedback.findings import read_findings, sources
from pipelines.feedback.values import read_values
from pipelines.hub import Hub
from schemas import FEEDS
from schemas.derive import literal, quoted, table_schema
from schemas.feedback import FEEDBACK_ITEM, FEEDBACK_STATUS

_SOURCES = ".sources"


@dataclass(frozen=True)
class FeedbackReport:
    """What one run did, in items. files: those written, by department; none if nothing changed."""

    opened: int = 0
    changed: int = 0
    closed: int = 0
    open_items: int = 0
    files: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for metadata and ``--json``."""
        return asdict(self)

    def summary(self) -> str:
        """One line for the log."""
        return (
            f"feedback: {self.opened} opened, {self.closed} closed, {self.open_items} open; "
            f"{len(self.files)} departments have a new file"
        )


def give_back(hub: Hub) -> FeedbackReport:
    """Bring ledger and files up to what is wrong now, as of the business date. Raises LakeError."""
    began = time.monotonic()
    con = hub.connect()
    try:
        state = hashlib.sha256(sources(hub, con).encode()).hexdigest()
        known = hub.home.feedback / _SOURCES
        if known.exists() and known.read_text() == state:
            seconds = round(time.monotonic() - began, 2)
            return FeedbackReport(open_items=_open_items(con, hub), seconds=seconds)
        report = _settle(con, hub)
        write_private(known, state)
    finally:
        con.close()
    return FeedbackReport(**{**report, "seconds": round(time.monotonic() - began, 2)})


def _open_items(con: duckdb.DuckDBPyConnection, hub: Hub) -> int:
    attach(con, hub.lake, [FEEDBACK_ITEM.id], {FEEDBACK_ITEM.id: table_schema(FEEDBACK_ITEM)})
    [(count,)] = run(con, f"select count(*) from {FEEDBACK_ITEM.id} where closed_on is null")
    return int(count)


def _settle(con: duckdb.DuckDBPyConnection, hub: Hub) -> dict[str, Any]:
    run(con, f"set variable as_of = date '{hub.as_of.isoformat()}'")
    read_findings(con, hub, hub.home.secret("feedback_item"))
    run(con, read_sql("pipelines.feedback", "settle"))
    read_values(con, hub)
    _find_present(con)
    run(con, read_sql("pipelines.feedback", "change"))
    report = _counts(con)
    if report["opened"] + report["changed"] + report["closed"]:
        files = write_files(con, hub)
        _commit(con, hub)
        report["files"] = {department: str(path) for department, path in files.items()}
    return report


def _find_present(con: duckdb.DuckDBPyConnection) -> None:
    """`present`: how the records of the items that are gone read now; quarantine is the newer."""
    for (name,) in run(con, "select distinct feed from leaving order by feed"):
        feed = FEEDS.get(name)
        if feed is None:
            continue
        wanted = f"(select record_key from leaving where feed = {literal(feed.id)})"
        run(
            con,
            f"""insert into present
                select {literal(feed.id)}, _key, arg_max(_hash, newer) from (
                  select _key, _hash, 1 as newer from quarantine.{quoted(feed.table)}
                  union all
                  select _key, _hash, 0 from conformed.{quoted(feed.table)})
                where _key in {wanted} group by _key""",
        )


def _counts(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    [(opened, changed, closed, still)] = run(
        con,
        """select
             (select count(*) from todo anti join open_before using (item_id)),
             (select count(*) from todo semi join open_before using (item_id)),
             (select count(*) from closed),
             (select count(*) from item_now where closed_on is null)""",
    )
    return {"opened": opened, "changed": changed, "closed": closed, "open_items": still}


def _commit(con: duckdb.DuckDBPyConnection, hub: Hub) -> None:
    names = ", ".join(quoted(column.name) for column in FEEDBACK_ITEM.columns)
    items = hub.lake.table("hub", FEEDBACK_ITEM.name)
    status = _status(con)
    items.merge(stream(con, f"select {names} from change"), key=FEEDBACK_ITEM.key)
    table = hub.lake.table("hub", FEEDBACK_STATUS.name)
    attach(con, hub.lake, [FEEDBACK_STATUS.id], {FEEDBACK_STATUS.id: table_schema(FEEDBACK_STATUS)})
    stored = stream(con, f"select * from {FEEDBACK_STATUS.id} order by department, severity")
    if not table.exists or stored.read_all().to_pylist() != status.to_pylist():
        table.replace(status)


def _status(con: duckdb.DuckDBPyConnection) -> pa.Table:
    found = stream(con, read_sql("pipelines.feedback", "status")).read_all()
    return found.cast(table_schema(FEEDBACK_STATUS))


def feedback_status(hub: Hub) -> list[dict[str, Any]]:
    """Every department as it stands: open, closed, days to mend, and its newest file."""
    with hub.connect() as con:
        schema = table_schema(FEEDBACK_STATUS)
        attach(con, hub.lake, [FEEDBACK_STATUS.id], {FEEDBACK_STATUS.id: schema})
        rows = stream(
            con, f"select * from {FEEDBACK_STATUS.id} order by department, severity"
        ).read_all()
    return [
        {**row, "file": _newest(hub.home.feedback / row["department"])} for row in rows.to_pylist()
    ]


def _newest(folder: Path) -> str | None:
    return max((str(path) for path in folder.glob("*.xlsx")), default=None)
