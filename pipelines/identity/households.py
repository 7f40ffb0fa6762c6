"""Households: who stands in one booklet, who lives in one dwelling; ids kept from night to night.

    register, visits, floating, foreign + crosswalk + address_match -> households.sql
        -> lives_all, member_now
    a night: changed mentions -> household_reach.sql -> the booklets and dwellings to look at
    lives_all -> identity.home
    member_now x last night's -> household_ids.sql -> identity.household, household_member

Needs no secrets. Alone: ``build_households(Hub.open(Home.find()))``.
"""

from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

import duckdb
import pyarrow as pa

from foundation.engine import attach, read_sql, register, run
from pipelines.hub import Hub
from pipelines.identity.state import (
    attach_identity,
    fingerprint,
    last_state,
    record_state,
    write_difference,
)
from schemas import CODE_LISTS, FEEDS
from schemas.derive import conformed_schema
from schemas.places import HOME, HOUSEHOLD, HOUSEHOLD_MEMBER

STEP = "household"
# Raised when the rules change: everything is then built again.
VERSION = 3

_FEEDS = (
    "public_security.resident_register",
    "public_security.floating_population",
    "public_security.foreign_resident",
    "public_security.standard_address",
    "community.resident_visit",
)
# How visitors write relations, beside the names of GB/T 4761.
_RELATIONS = {
    "户主": "02",
    "丈夫": "11",
    "老公": "11",
    "妻子": "12",
    "老婆": "12",
    "配偶": "10",
    "儿子": "20",
    "女婿": "28",
    "女儿": "30",
    "儿媳": "38",
    "媳妇": "38",
    "孙子": "41",
    "孙女": "42",
    "父亲": "51",
    "母亲": "52",
}


@dataclass(frozen=True)
class HouseholdReport:
    """Households by kind, in counts. ``doubts``: sex or age speaks against the relation."""

    registered: int = 0
    living: int = 0
    registered_members: int = 0
    living_members: int = 0
    new: int = 0
    doubts: int = 0
    put: int = 0
    removed: int = 0
    unchanged: bool = False
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for ``--json`` and metadata."""
        return asdict(self)


def build_households(hub: Hub, *, rebuild: bool = False) -> HouseholdReport:
    """Bring ``identity.household`` and its members up to the resolver's last result.

    A night looks at the booklets and dwellings of whoever changed. Writes only what differs.
    rebuild: build all again; ids are kept all the same. Raises LakeError if the lake cannot be read
    or written.
    """
    began = perf_counter()
    con = hub.connect()
    try:
        _attach(con, hub)
        run(con, read_sql("pipelines.identity", "collective"))
        inputs = _inputs(con, hub)
        before, report = last_state(con, hub.lake, STEP)
        if before == inputs and not rebuild:
            return HouseholdReport(**{**report, "unchanged": True, "put": 0, "removed": 0})
        part = not rebuild and _find_part(con, hub, before, inputs)
        _build(con, hub, part)
        put, removed = _write(con, hub, part)
        made = _report(con, hub, put, removed, round(perf_counter() - began, 2))
        record_state(con, hub.lake, STEP, inputs, made.to_dict())
        return made
    finally:
        con.close()


def _attach(con: duckdb.DuckDBPyConnection, hub: Hub) -> None:
    schemas = {f"conformed.{FEEDS[name].table}": conformed_schema(FEEDS[name]) for name in _FEEDS}
    attach(con, hub.lake, schemas, schemas)
    names = ("crosswalk", "crosswalk_history", "mention", "address_match")
    attach_identity(con, hub.lake, *names, "household", "household_member")


def _inputs(con: duckdb.DuckDBPyConnection, hub: Hub) -> dict[str, Any]:
    tables = {name: hub.lake.table("identity", name) for name in ("mention", "crosswalk")}
    return {
        **{name: table.mark() for name, table in tables.items()},
        "collective": fingerprint(con, "collective"),
        "leaving": fingerprint(con, f"({_leaving('1900-01-01', hub.as_of.isoformat())})"),
        "as_of": hub.as_of.isoformat(),
        "year": hub.as_of.year,
        "version": VERSION,
    }


def _leaving(first: str, last: str) -> str:
    """SQL: keys of foreigners whose stay ended between two business dates."""
    return (
        "select _key as record_key from conformed.public_security_foreign_resident"
        f" where leaves_on >= date '{first}' and leaves_on < date '{last}'"
    )


def _find_part(
    con: duckdb.DuckDBPyConnection, hub: Hub, before: dict[str, Any], inputs: dict[str, Any]
) -> bool:
    """Make the relations of household_reach.sql; False where everything has to be built."""
    same = ("collective", "year", "version")
    if any(before.get(name) != inputs[name] for name in same):
        return False
    changed = ["select mention_id from identity.mention limit 0"]
    for name in ("mention", "crosswalk"):
        if before[name] == inputs[name]:
            continue
        keys = hub.lake.table("identity", name).changed_since(before[name])
        if keys is None:
            return False
        changed.append(keys)
    days = sorted([before["as_of"], inputs["as_of"]])
    leaving = (
        "select resident_id from identity.crosswalk"
        f" semi join ({_leaving(days[0], days[1])}) using (record_key)"
        " where feed = 'foreign_resident'"
    )
    run(
        con,
        "create or replace temp table changed_mention as "
        + " union ".join(f"({keys})" for keys in changed)
        + f"; create or replace temp table changed_resident as {leaving}",
    )
    run(con, read_sql("pipelines.identity", "household_reach"))
    return True


def _build(con: duckdb.DuckDBPyConnection, hub: Hub, part: bool) -> None:
    names = {name: code for code, name in CODE_LISTS["relation"].codes.items()} | _RELATIONS
    register(con, "relation_name", pa.table({"name": list(names), "code": list(names.values())}))
    if not part:
        run(con, "create or replace temp view crosswalk_read as from identity.crosswalk")
    sql = read_sql("pipelines.identity", "households")
    # Ages are those of New Year's Day: a birthday alone rebuilds nothing.
    for name, day in (("$as_of", hub.as_of), ("$new_year", hub.as_of.replace(month=1, day=1))):
        sql = sql.replace(name, f"date '{day.isoformat()}'")
    run(con, sql)
    if part:
        run(con, "delete from member_now where unit not in (select unit from unit_read)")
        run(con, f"delete from lives_all where not ({_IS_READ})")
    run(con, read_sql("pipelines.identity", "household_ids"))


# Whose booklet and dwelling a night has read whole.
_IS_READ = "hash(resident_id) in (select who from neighbour)"


def _write(con: duckdb.DuckDBPyConnection, hub: Hub, part: bool) -> tuple[int, int]:
    """Write the tables; rows put and removed."""
    within = f"(select * from {HOME.id} where {_IS_READ})" if part else None
    put, removed = write_difference(con, hub.lake, HOME, "lives_all", within=within)
    # A household that was elsewhere and took its id along is among those of tonight.
    own = "select household_id from household_before union select household_id from id_now"
    for table in (HOUSEHOLD_MEMBER, HOUSEHOLD):
        within = f"(select * from {table.id} semi join ({own}) using (household_id))"
        written = write_difference(
            con, hub.lake, table, f"{table.name}_now", within=within if part else None
        )
        put, removed = put + written[0], removed + written[1]
    return put, removed


def _report(
    con: duckdb.DuckDBPyConnection, hub: Hub, put: int, removed: int, seconds: float
) -> HouseholdReport:
    attach_identity(con, hub.lake, "household", "household_member")
    counts = {
        kind: (units, members)
        for kind, units, members in run(
            con, "select kind, count(*), sum(members) from identity.household group by 1"
        )
    }
    [(new,)] = run(con, "select count(*) from id_now where is_new")
    [(doubts,)] = run(con, "select count(*) from identity.household_member where doubt is not null")
    registered, living = counts.get("registered", (0, 0)), counts.get("living", (0, 0))
    return HouseholdReport(
        registered=registered[0],
        living=living[0],
        registered_members=int(registered[1]),
        living_members=int(living[1]),
        new=new,
        doubts=doubts,
        put=put,
        removed=removed,
        seconds=seconds,
    )
