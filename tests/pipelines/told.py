"""A hub whose tables are written by hand, and what it gives back to the departments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from looking import looking

from foundation.config import Config, County
from foundation.home import Home
from foundation.lake import Lake
from pipelines.feedback.run import FeedbackReport, give_back
from pipelines.hub import Hub
from pipelines.status import FEED_STATUS
from schemas import FEEDS
from schemas.derive import conformed_schema, quarantine_schema, raw_schema, table_schema
from schemas.feedback import FEEDBACK_ITEM
from schemas.warehouse import TABLES

FIRST = date(2026, 3, 1)
VISIT, REGISTER = "community.resident_visit", "public_security.resident_register"
Row = dict[str, Any]


@dataclass
class Told:
    """One home; ``night`` numbers the business dates."""

    hub: Hub
    raw: dict[str, list[Row]]

    def rows(self, feed_id: str, *rows: Row) -> None:
        """Make these the feed's rows: key, warnings or errors, and delivered cells by source."""
        feed, made = FEEDS[feed_id], [self._row(feed_id, row) for row in rows]
        known = self.raw.setdefault(feed_id, [])
        known += [row for row in made if row not in known]
        self._put(f"raw.{feed.table}", known, raw_schema(feed))
        good = [row for row in made if row["_warnings"] is not None]
        self._put(f"conformed.{feed.table}", good, conformed_schema(feed))
        bad = [row for row in made if row["_rules"] is not None]
        self._put(f"quarantine.{feed.table}", bad, quarantine_schema(feed))

    def _row(self, feed_id: str, row: Row) -> Row:
        cells = {k: v for k, v in row.items() if k not in ("key", "warnings", "errors")}
        mark = f"{row['key']}{sorted(cells.items())}"
        return {
            **cells,
            "_key": row["key"],
            "_hash": mark,
            "_op": "U",
            "_batch": 1,
            "_row": 1,
            "_stale": False,
            "_warnings": None if "errors" in row else row.get("warnings", []),
            "_rules": row.get("errors"),
        }

    def contradictions(self, *rows: Row) -> None:
        """Make these the discrepancies."""
        table = TABLES["discrepancy"]
        given = [
            {
                "subject": "R1",
                "department": row["other_feed"].partition(".")[0],
                "other_record_keys": ["k1"],
                **row,
            }
            for row in rows
        ]
        self._put(table.id, given, table_schema(table))

    def states(self, **states: str) -> None:
        """Make these feeds (dots as two underscores) stand so, the others well."""
        rows = [
            {"feed": name.replace("__", "."), "state": state, "message": f"{state} message"}
            for name, state in states.items()
        ]
        self._put(FEED_STATUS.id, rows, table_schema(FEED_STATUS))

    def _put(self, name: str, rows: list[Row], schema: pa.Schema) -> None:
        kept = [{field.name: row.get(field.name) for field in schema} for row in rows]
        self.hub.lake.table(*name.split(".")).replace(pa.Table.from_pylist(kept, schema=schema))

    def night(self, number: int) -> FeedbackReport:
        """Give back on the business date ``FIRST`` + number days."""
        return give_back(replace(self.hub, as_of=FIRST + timedelta(days=number)))

    def items(self) -> list[Row]:
        """The ledger, in order."""
        table = self.hub.lake.table("hub", FEEDBACK_ITEM.name)
        if not table.exists:
            return []
        with looking() as con:
            rows: list[Row] = con.sql(table.select(con)).to_arrow_table().to_pylist()
        return sorted(rows, key=lambda row: (row["item_id"], row["opened_on"]))

    def open_matters(self) -> set[tuple[str, str | None]]:
        return {(i["matter"], i["record_key"]) for i in self.items() if i["closed_on"] is None}

    def folder(self, department: str) -> Path:
        return self.hub.home.feedback / department

    def book(self, department: str, number: int) -> dict[str, list[Row]]:
        """The workbook of a night: rows by sheet, each a dict by header."""
        path = self.folder(department) / f"{FIRST + timedelta(days=number)}.xlsx"
        sheets = openpyxl.load_workbook(path)
        return {sheet.title: _dicts(list(sheet.iter_rows(values_only=True))) for sheet in sheets}

    def feed(self, department: str, number: int) -> list[Row]:
        """The same as Parquet."""
        path = self.folder(department) / f"{FIRST + timedelta(days=number)}.parquet"
        rows: list[Row] = pq.read_table(path).to_pylist()
        return rows

    def state(self) -> dict[str, Any]:
        """Versions of tables, and time and size of files: what a quiet night leaves as it is."""
        files = [path for path in self.hub.home.feedback.rglob("*") if path.is_file()]
        tables = {table.full_name: table.version for table in self.hub.lake.tables()}
        return {**{str(p): (p.stat().st_mtime_ns, p.stat().st_ino) for p in files}, **tables}


def _dicts(rows: list[tuple[Any, ...]]) -> list[Row]:
    head = next(i for i, row in enumerate(rows) if row[0] in ("事项编号", "级别"))
    return [dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :]]


def told(folder: Path) -> Told:
    """A new hub below ``folder``."""
    home = Home(folder / "home")
    return Told(Hub(home, Config(County("360731", "于都县"), {}, {}), Lake(home.lake), FIRST), {})
