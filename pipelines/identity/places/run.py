"""Match every address of the conformed feeds, and write what differs.

    conformed.* -> occurrence, gazetteer -> meant -> identity.address_match, address_alias

No secrets.
"""

from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import Any

import duckdb
import pyarrow as pa

from foundation.engine import read_sql, register, run
from pipelines.hub import Hub
from pipelines.identity.places.gazetteer import Gazetteer, build_gazetteer
from pipelines.identity.places.match import (
    load_macros,
    locate_texts,
    parse_texts,
    recall_parses,
)
from pipelines.identity.places.occurrences import (
    DIVISION,
    STANDARD,
    address_feeds,
    attach_feeds,
    collect,
    take_changed,
)
from pipelines.identity.state import (
    attach_identity,
    fingerprint,
    last_state,
    record_state,
    write_difference,
)
from schemas.derive import literal, quoted
from schemas.model import Feed
from schemas.places import ADDRESS_ALIAS, ADDRESS_MATCH

STEP = "address"
# Raised when the parse or the match changes: everything is then matched again.
VERSION = 6


@dataclass(frozen=True)
class AddressReport:
    """What was matched, in counts. ``texts``: distinct texts that this run looked at; ``levels``:
    rows by level, ``reasons``: rows by reason, of all."""

    addresses: int = 0
    texts: int = 0
    dwellings: int = 0
    put: int = 0
    removed: int = 0
    levels: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    unchanged: bool = False
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for ``--json`` and metadata."""
        return asdict(self)


@dataclass(frozen=True)
class Explanation:
    """How one text is read: its parts, what they mean, and standard addresses that fit them."""

    text: str
    parse: dict[str, Any]
    meaning: dict[str, Any]
    candidates: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for ``--json``."""
        return asdict(self)

    def __str__(self) -> str:
        parts = [f"  {name}: {value}" for name, value in self.parse.items() if value]
        means = [f"  {name}: {value}" for name, value in self.meaning.items() if value]
        fits = [f"  {row['dwelling_id']}  {row['full_address']}" for row in self.candidates]
        shown = ("parse 解析", parts), ("meaning 匹配", means), ("candidates 候选", fits or ["  -"])
        return "\n".join([self.text, *(line for head, rows in shown for line in (head, *rows))])


def match_addresses(hub: Hub, *, rebuild: bool = False) -> AddressReport:
    """Bring ``identity.address_match`` up to the feeds; an unchanged night writes nothing.

    With the county's places as they were, only the addresses of changed rows are matched.
    rebuild: match all again. Raises LakeError if the lake cannot be read or written.
    """
    began = perf_counter()
    con = hub.connect()
    try:
        attach_feeds(con, hub.lake)
        attach_identity(con, hub.lake, ADDRESS_ALIAS.name, ADDRESS_MATCH.name)
        before, report = last_state(con, hub.lake, STEP)
        marks = {feed.table: _mark(hub, feed) for feed in address_feeds()}
        places = _places(con)
        if {**before, **marks, **places} == before and not rebuild:
            return AddressReport(**{**report, "unchanged": True, "put": 0, "removed": 0})
        load_macros(con)
        gazetteer = build_gazetteer(con)
        inputs = {**marks, **places, "names": gazetteer.fingerprint()}
        known = (*places, "names")
        part = not rebuild and all(before.get(name) == inputs[name] for name in known)
        if part:
            _find_changed(con, hub, before)
            take_changed(con, hub.lake)
        _match(con, hub, gazetteer, rebuild)
        made = _write(con, hub, part, began)
        # What was learned from the addresses is among the inputs: it is read as it now is.
        record_state(con, hub.lake, STEP, {**inputs, **_decided(con)}, made.to_dict())
        return made
    finally:
        con.close()


def _mark(hub: Hub, feed: Feed) -> str:
    return hub.lake.table("conformed", feed.table).mark()


def _places(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Fingerprints of what addresses are matched against, beside the names in the gazetteer."""
    columns = "_key, _hash, _stale, _rules_version"
    return {
        "dwellings": fingerprint(con, f'conformed."{STANDARD.table}"', columns),
        "divisions": fingerprint(con, f'conformed."{DIVISION.table}"', columns),
        **_decided(con),
        "version": VERSION,
    }


def _decided(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """That of what stewards added or refused; the rest of the aliases follows from the feeds."""
    decided = "identity.address_alias where origin = 'steward' or is_refused"
    return {"alias": fingerprint(con, f"(from {decided})")}


def _find_changed(con: duckdb.DuckDBPyConnection, hub: Hub, before: dict[str, Any]) -> None:
    """Make ``changed_row`` (department, feed, record_key): of layered tables what the layers hold,
    of rewritten ones every row that is or was there."""
    selects = ["select department, feed, record_key from identity.address_match limit 0"]
    for feed in address_feeds():
        mark = str(before.get(feed.table, ""))
        if mark == _mark(hub, feed):
            continue
        keys = hub.lake.table("conformed", feed.table).changed_since(mark) if mark else None
        where = f"department = {literal(feed.department)} and feed = {literal(feed.name)}"
        every = (
            f"select _key from conformed.{quoted(feed.table)}"
            f" union select record_key from identity.address_match where {where}"
        )
        selects.append(
            f"select {literal(feed.department)}, {literal(feed.name)}, _key from ({keys or every})"
        )
    union = " union ".join(f"({one})" for one in selects)
    run(con, f"create or replace temp table changed_row as {union}")


def _match(con: duckdb.DuckDBPyConnection, hub: Hub, gazetteer: Gazetteer, anew: bool) -> None:
    collect(con)
    _names(con, gazetteer)
    recall_parses(con, hub.lake, gazetteer, anew)
    locate_texts(con)
    run(con, read_sql("pipelines.identity.places", "settle"))


def _write(con: duckdb.DuckDBPyConnection, hub: Hub, part: bool, began: float) -> AddressReport:
    within = (
        "(select * from identity.address_match"
        " semi join changed_row using (department, feed, record_key))"
    )
    put, removed = write_difference(
        con, hub.lake, ADDRESS_MATCH, "address_match_now", within=within if part else None
    )
    write_difference(con, hub.lake, ADDRESS_ALIAS, "address_alias_now")
    attach_identity(con, hub.lake, ADDRESS_ALIAS.name, ADDRESS_MATCH.name)
    return _report(con, put, removed, round(perf_counter() - began, 2))


def explain_address(hub: Hub, text: str) -> Explanation:
    """How one text is read: its parts, what they mean, and up to 20 standard addresses that fit."""
    con = hub.connect()
    try:
        attach_feeds(con, hub.lake)
        attach_identity(con, hub.lake, ADDRESS_ALIAS.name)
        load_macros(con)
        _names(con, gazetteer := build_gazetteer(con))
        register(con, "asked", pa.table({"text_id": pa.array([0], pa.int64()), "text": [text]}))
        parse_texts(con, gazetteer, "asked")
        run(con, "create or replace temp table parsed as from said")
        locate_texts(con)
        return _explanation(con, text)
    finally:
        con.close()


def _names(con: duckdb.DuckDBPyConnection, gazetteer: Gazetteer) -> None:
    """Make ``place_name`` (names by code), ``compound_place`` and ``group_place`` (grids)."""
    codes, names = list(gazetteer.name_of), list(gazetteer.name_of.values())
    register(con, "place_name", pa.table({"code": codes, "name": pa.array(names, pa.string())}))
    for table, key in (("compound_place", "compound_id"), ("group_place", "group_id")):
        run(
            con,
            f"create or replace temp table {table} as"
            f" select {key}, min(compound_name) as compound_name,"
            " case when count(distinct grid_code) = 1 then min(grid_code) end as grid_code"
            f" from dwelling where {key} is not null group by 1",
        )


def _report(
    con: duckdb.DuckDBPyConnection, put: int, removed: int, seconds: float
) -> AddressReport:
    levels = run(
        con,
        "select coalesce(level, 'none'), count(*) from identity.address_match"
        " group by 1 order by 1",
    )
    reasons = run(
        con,
        "select reason, count(*) from identity.address_match"
        " where reason is not null group by 1 order by 1",
    )
    [(rows, placed)] = run(con, "select count(*), count(dwelling_id) from identity.address_match")
    [(texts,)] = run(con, "select count(*) from text_value")
    return AddressReport(
        rows, texts, placed, put, removed, dict(levels), dict(reasons), seconds=seconds
    )


def _explanation(con: duckdb.DuckDBPyConnection, text: str) -> Explanation:
    said = con.sql("select * exclude (text_id, compound, group_id) from said").to_arrow_table()
    meant = con.sql(
        "select m.level, m.dwelling_id, m.reason, t.name as town_name, c.name as community_name,"
        " p.compound_name from meant m left join place_name t on t.code = m.town"
        " left join place_name c on c.code = m.community"
        " left join compound_place p on p.compound_id = m.compound"
    ).to_arrow_table()
    candidates = con.sql(
        "select d.dwelling_id, d.full_address, d.in_force from dwelling d, said s where"
        " case when s.compound is not null then d.compound_id = s.compound"
        "  and d.building = coalesce(s.building, d.building)"
        "  and d.room is not distinct from coalesce(s.room, d.room)"
        " else d.group_id = s.group_id"
        "  and d.door is not distinct from coalesce(s.house, d.door) end"
        " order by d.full_address limit 20"
    ).to_arrow_table()
    return Explanation(text, said.to_pylist()[0], meant.to_pylist()[0], candidates.to_pylist())
