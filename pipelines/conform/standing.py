"""Where a feed stands: its tables in reach of SQL, and how far raw has been conformed.

    lake -> views raw_rows, conformed_rows, quarantine_rows -> `present`, a row a key

The last batch that was conformed is the application version of the commit that settled it, so
that it cannot part from the rows. Needs no secrets. Used by pull, conform and quarantine.
"""

from dataclasses import dataclass

import duckdb

from foundation.engine import attach, read_sql, run
from foundation.lake import Lake, LakeTable
from pipelines.hub import Hub
from schemas.derive import conformed_schema, quarantine_schema, quoted, raw_schema
from schemas.model import Feed

ZONES = ("raw", "conformed", "quarantine")


@dataclass(frozen=True)
class Standing:
    """One feed's tables, and the numbers of its last batch and of the last conformed one."""

    raw: LakeTable
    conformed: LakeTable
    quarantine: LakeTable
    last_batch: int
    conformed_batch: int

    @property
    def is_behind(self) -> bool:
        """Whether raw holds batches that were not conformed, or that were held."""
        return self.last_batch > self.conformed_batch


def standing(lake: Lake, feed: Feed) -> Standing:
    """Read the two numbers from the tables' logs; no data is read."""
    raw, conformed, quarantine = (lake.table(zone, feed.table) for zone in ZONES)
    settled = max(_number(table, feed) for table in (conformed, quarantine))
    return Standing(raw, conformed, quarantine, last_batch(lake, feed), settled)


def last_batch(lake: Lake, feed: Feed) -> int:
    """The number of the feed's last batch in raw, 0 before the first; no data is read."""
    return _number(lake.table("raw", feed.table), feed)


def reach(con: duckdb.DuckDBPyConnection, hub: Hub, feed: Feed) -> Standing:
    """Make the feed's tables readable on `con`."""
    names = [f"{zone}.{feed.table}" for zone in ZONES]
    schemas = (raw_schema(feed), conformed_schema(feed), quarantine_schema(feed))
    attach(con, hub.lake, names, dict(zip(names, schemas, strict=True)))
    for zone in ZONES:
        run(
            con,
            f"create or replace temp view {zone}_rows as select * from {zone}.{quoted(feed.table)}",
        )
    now = standing(hub.lake, feed)
    run(con, f"set variable conformed_batch = {now.conformed_batch}")
    return now


def see_present(con: duckdb.DuckDBPyConnection) -> None:
    """Make `present` of the tables in reach, as they are now: only who pulls asks for it."""
    run(con, read_sql("pipelines.conform", "present"))


def _number(table: LakeTable, feed: Feed) -> int:
    return max(table.app_version(feed.id) or 0, 0)
