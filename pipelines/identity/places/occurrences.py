"""Where addresses stand: every slot of a conformed feed that has one, and the id that came with it.

    Slots of schemas -> address_slots() -> occurrence: a row's slot, text, given_id

No secrets.
"""

from dataclasses import dataclass

import duckdb

from foundation.engine import attach, run
from foundation.lake import Lake
from pipelines.identity.state import narrow_feed
from schemas import FEEDS, Feed
from schemas.derive import conformed_schema, literal, quoted

DIVISION = FEEDS["community.division"]
STANDARD = FEEDS["public_security.standard_address"]


# A letting's address stands under its landlord too, whose mention is the row's only person.
_OF_ROWS = (
    ("public_security.rental_housing", "self", "address", "standard_address_id"),
    ("public_security.rental_housing", "landlord", "address", "standard_address_id"),
    ("city_management.video_alert", "self", "address", None),
    ("emergency.shelter", "manager", "address", None),
)


@dataclass(frozen=True)
class AddressSlot:
    """One slot of a feed whose person an address is said of; names are hub columns.

    ``name`` is None where the address is the row's own and counts without a person.
    """

    feed: Feed
    slot: str
    address: str
    given_id: str | None = None
    name: str | None = None


def address_slots() -> tuple[AddressSlot, ...]:
    """Every slot with an address, and the addresses of rows rather than of their persons."""
    found: list[AddressSlot] = []
    for feed in FEEDS.values():
        slots = [slot for slot in feed.mentions if slot.address]
        for slot in slots:
            name = slot.name if len(slots) > 1 else None
            found.append(
                AddressSlot(feed, slot.slot, str(slot.address), slot.standard_address_id, name)
            )
    found += [
        AddressSlot(FEEDS[name], slot, address, given) for name, slot, address, given in _OF_ROWS
    ]
    return tuple(found)


def address_feeds() -> tuple[Feed, ...]:
    """The feeds that match_addresses reads, those of the gazetteer first."""
    feeds = {one.feed.id: one.feed for one in address_slots()}
    return (DIVISION, STANDARD, *feeds.values())


def attach_feeds(con: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """A view ``conformed.<feed>`` for each of them; one that was never delivered is empty."""
    schemas = {f"conformed.{feed.table}": conformed_schema(feed) for feed in address_feeds()}
    attach(con, lake, schemas, schemas)


def take_changed(con: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Leave only the rows in ``changed_row`` in the views of the feeds with addresses."""
    for feed in {one.feed.id: one.feed for one in address_slots()}.values():
        narrow_feed(con, lake, feed, "changed_row")


def collect(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``occurrence`` (a row a slot with address or id) and ``text_value`` (a row a text)."""
    selects = "\nunion all\n".join(_select(one) for one in address_slots())
    run(con, f"create or replace temp table occurrence as {selects}")
    run(
        con,
        "create or replace temp table text_value as select text_number(text) as text_id, text"
        " from (select distinct text from occurrence where text is not null)",
    )


def _select(one: AddressSlot) -> str:
    given = quoted(one.given_id) if one.given_id else "null::varchar"
    address = quoted(one.address)
    present = f"({address} is not null" + (f" or {given} is not null)" if one.given_id else ")")
    named = f" and {quoted(one.name)} is not null" if one.name else ""
    return (
        f"select {literal(one.feed.department)} as department, {literal(one.feed.name)} as feed,"
        f" _key as record_key, {literal(one.slot)} as slot, {address} as text, {given} as given_id"
        f" from conformed.{quoted(one.feed.table)} where {present}{named}"
    )
