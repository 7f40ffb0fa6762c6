"""Households: who stands in one booklet, who lives in one dwelling; ids kept from night to night.

    register, visits, floating, foreign + crosswalk + address_match -> households.sql -> member_now
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
from schemas.places import HOUSEHOLD, HOUSEHOLD_MEMBER

STEP = "household"
# Raised when the rules change: everything is then built again.
VERSION = 1

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

    Writes only what differs. rebuild: build again although nothing changed; ids are kept all the
    same. Raises LakeError if the lake cannot be read or written.
    """
    began = perf_counter()
    con = hub.connect()
    try:
        _attach(con, hub)
        inputs = _inputs(con, hub)
        before, report = last_state(con, hub.lake, STEP)
        if before == inputs and not rebuild:
            return HouseholdReport(**{**report, "unchanged": True, "put": 0, "removed": 0})
        _build(con, hub)
        written = [
            write_difference(con, hub.lake, table, f"{table.name}_now")
            for table in (HOUSEHOLD_MEMBER, HOUSEHOLD)
        ]
        put, removed = (sum(one[at] for one in written) for at in (0, 1))
        made = _report(con, put, removed, round(perf_counter() - began, 2))
        record_state(con, hub.lake, STEP, inputs, made.to_dict())
        return made
    finally:
        con.close()


def _attach(con: duckdb.DuckDBPyConnection, hub: Hub) -> None:
    schemas = {f"conformed.{FEEDS[name].table}": conformed_schema(FEEDS[name]) for name in _FEEDS}
    attach(con, hub.lake, schemas, schemas)
    attach_identity(
        con, hub.lake, "crosswalk", "mention", "address_match", "household", "household_member"
    )


def _inputs(con: duckdb.DuckDBPyConnection, hub: Hub) -> dict[str, Any]:
    columns = "_key, _hash, _stale, _rules_version"
    marks = {name: fingerprint(con, f'conformed."{FEEDS[name].table}"', columns) for name in _FEEDS}
    marks["crosswalk"] = fingerprint(con, "identity.crosswalk", "mention_id, resident_id")
    marks["mention"] = fingerprint(con, "identity.mention", "mention_id, sex, birth_date")
    marks["address_match"] = fingerprint(
        con, "identity.address_match", "department, feed, record_key, slot, dwelling_id"
    )
    staying = (
        "(select _key from conformed.public_security_foreign_resident"
        f" where leaves_on is null or leaves_on >= date '{hub.as_of}')"
    )
    return {
        **marks,
        "staying": fingerprint(con, staying),
        "year": hub.as_of.year,
        "version": VERSION,
    }


def _build(con: duckdb.DuckDBPyConnection, hub: Hub) -> None:
    names = {name: code for code, name in CODE_LISTS["relation"].codes.items()} | _RELATIONS
    register(con, "relation_name", pa.table({"name": list(names), "code": list(names.values())}))
    sql = read_sql("pipelines.identity", "households")
    # Ages are those of New Year's Day: a birthday alone rebuilds nothing.
    for name, day in (("$as_of", hub.as_of), ("$new_year", hub.as_of.replace(month=1, day=1))):
        sql = sql.replace(name, f"date '{day.isoformat()}'")
    run(con, sql)
    run(con, read_sql("pipelines.identity", "household_ids"))


def _report(
    con: duckdb.DuckDBPyConnection, put: int, removed: int, seconds: float
) -> HouseholdReport:
    counts = {
        kind: (units, members)
        for kind, units, members in run(
            con, "select kind, count(*), sum(members) from household_now group by 1"
        )
    }
    [(new,)] = run(con, "select count(*) from id_now where is_new")
    [(doubts,)] = run(con, "select count(*) from member_now where doubt is not null")
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
