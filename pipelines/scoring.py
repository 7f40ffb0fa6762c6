"""The hub's answers beside a county's truth: for the demo and the benchmarks, never for a night.

    identity.crosswalk, address_match, household_member -> sandbox.score -> Score

Needs no secrets. Used by `hub demo` and `hub bench`.
"""

from datetime import date
from pathlib import Path

import pyarrow as pa

from foundation.engine import attach, stream
from pipelines.hub import Hub
from sandbox.score import Score, score
from schemas.derive import table_schema
from schemas.identity import TABLES as IDENTITY
from schemas.places import PLACE_TABLES

_TABLES = IDENTITY | {table.name: table for table in PLACE_TABLES}
_NEEDED = ("crosswalk", "mention", "address_match", "household", "household_member")


def score_hub(hub: Hub, truth: Path, until: date | None) -> Score:
    """Compare the lake's identity tables with the truth as of a day; None for the base."""
    names = {f"identity.{name}": table_schema(_TABLES[name]) for name in _NEEDED}
    with hub.connect() as con:
        attach(con, hub.lake, names, names)

        def read(sql: str) -> pa.Table:
            return stream(con, sql).read_all()

        return score(
            truth,
            read(
                """select c.department, c.feed, c.record_key, c.slot, c.resident_id,
                          m.number is not null as has_valid_id
                   from identity.crosswalk c join identity.mention m using (mention_id)"""
            ),
            until=until,
            addresses=read(
                "select department, feed, record_key, slot, dwelling_id from identity.address_match"
            ),
            living=read(
                """select resident_id, household_id from identity.household_member
                   join identity.household using (household_id) where kind = 'living'"""
            ),
        )
