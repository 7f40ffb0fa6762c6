"""Small counties for the resolver's tests: rows straight into the conformed zone, named by feed."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from looking import looking

from foundation.config import Config, County
from foundation.engine import run
from foundation.home import Home
from foundation.lake import Lake
from pipelines.hub import Hub
from pipelines.identity import training
from pipelines.identity.comparable.ids import check_character
from pipelines.identity.model import RESIDENTS
from pipelines.identity.state import attach_identity
from schemas import FEEDS
from schemas.derive import conformed_schema, table_schema
from schemas.identity import IDENTITY_TABLES

REGISTER = "public_security.resident_register"
VISIT = "community.resident_visit"
REQUEST = "community.request"
WISH = "community.wish"
CARD = "emergency.evacuation_card"
PAYMENT = "civil_affairs.assistance_payment"
ALLOWANCE = "civil_affairs.elderly_allowance"

Row = dict[str, Any]


def small_hub(folder: Path) -> Hub:
    home = Home(folder / "home")
    return Hub(home, Config(County("360731", "于都县"), {}, {}), Lake(home.lake), date(2026, 3, 1))


def learned(hub: Hub) -> None:
    """A model as if it had been learned, of priors alone: nights then resolve what changed only."""
    model = training._priors(RESIDENTS, 1000, 0)
    facts = {**model.facts, "learned": True}
    saved = training.save(replace(model, facts=facts), hub.home.path / "identity")
    term = {"model_version": saved.version, "kind": "name", "term": "王芳", "share": 0.001}
    hub.lake.table("identity", "term").replace(
        pa.Table.from_pylist([term], schema=table_schema(IDENTITY_TABLES["term"]))
    )


def number(birth: date, sequence: int, area: str = "360731") -> str:
    digits = f"{area}{birth:%Y%m%d}{sequence:03d}"
    return digits + check_character(digits)


def deliver(hub: Hub, feed_id: str, rows: dict[str, Row]) -> None:
    """Make ``rows`` (by record key) the whole conformed table of a feed, as a night does."""
    feed = FEEDS[feed_id]
    target = hub.lake.table("conformed", feed.table)
    made = pa.Table.from_pylist(
        [_filled(key, row) for key, row in sorted(rows.items())], schema=conformed_schema(feed)
    )
    if not target.exists:
        target.replace(made)
        return
    with looking() as con:
        known = {
            row[0]: row[1:] for row in run(con, f"select _key, _hash from ({target.select(con)})")
        }
    changed = [row["_key"] for row in made.to_pylist() if known.get(row["_key"]) != (row["_hash"],)]
    gone = pa.table({"_key": pa.array(sorted(set(known) - set(rows)), pa.string())})
    target.merge(made.filter(pc.is_in(made["_key"], pa.array(changed, pa.string()))), gone)


def _filled(key: str, row: Row) -> Row:
    dated = {
        f"{name}_precision": "day"
        for name, value in row.items()
        if isinstance(value, date) and f"{name}_precision" not in row
    }
    return {
        **dated,
        **row,
        "_key": key,
        "_hash": str(sorted(row.items(), key=str)),
        "_rules_version": "1",
    }


def registered(name: str, birth: date, sequence: int, person: str, **more: Any) -> Row:
    """A current version in the register; the sequence's last digit says the sex."""
    return {
        "name": name,
        "id_no": number(birth, sequence),
        "birth_date": birth,
        "sex": "1" if sequence % 2 else "2",
        "person_no": person,
        **more,
    }


def who(hub: Hub, feed_id: str, key: str, slot: str = "self") -> str:
    """The resident id of a mention."""
    department, feed = feed_id.split(".")
    where = f"feed = '{feed}' and record_key = '{key}' and slot = '{slot}'"
    found = table(hub, "crosswalk", f"department = '{department}' and {where}")
    return str(found[0]["resident_id"])


def mention(hub: Hub, feed_id: str, key: str, slot: str = "self") -> int:
    department, feed = feed_id.split(".")
    where = f"feed = '{feed}' and record_key = '{key}' and slot = '{slot}'"
    return int(table(hub, "mention", f"department = '{department}' and {where}")[0]["mention_id"])


def table(hub: Hub, name: str, where: str = "true") -> list[Row]:
    with looking() as con:
        attach_identity(con, hub.lake, name)
        rows: list[Row] = (
            con.sql(f"select * from identity.{name} where {where}").to_arrow_table().to_pylist()
        )
        return rows


def versions(hub: Hub) -> dict[str, int]:
    """Commit numbers of all identity tables."""
    tables = (hub.lake.table("identity", name) for name in IDENTITY_TABLES)
    return {one.name: one.version for one in tables if one.exists}


def partition(hub: Hub) -> set[frozenset[str]]:
    """Residents as sets of mentions, without their ids."""
    with looking() as con:
        attach_identity(con, hub.lake, "crosswalk")
        rows = run(
            con,
            "select list(department || '.' || feed || '|' || record_key || '|' || slot)"
            " from identity.crosswalk group by resident_id",
        )
        return {frozenset(row[0]) for row in rows}
