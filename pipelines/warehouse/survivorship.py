"""Which source is believed: trust by attribute, and when each record spoke.

    TRUST -> parameter.trust, conformed.* -> stage.observed -> sql/appearance.sql -> sql/golden.sql

The higher trust wins, then the newer record. Needs no secrets.
"""

from dataclasses import asdict, dataclass

import pyarrow as pa

from schemas import FEEDS, Feed, Slot, Type
from schemas.derive import literal


@dataclass(frozen=True)
class Trust:
    """Trust in one source, 0 (not believed while another speaks) to 60, by attribute."""

    name: int
    sex: int
    birth_date: int
    ethnicity: int
    id_no: int
    phone: int


# The register is the authority on who a person is, and old on how to reach them: visitors know
# the phone. A marriage or a cremation is certified on papers shown at the counter.
TRUST: dict[str, Trust] = {
    "public_security.resident_register": Trust(60, 60, 60, 60, 60, 30),
    "public_security.foreign_resident": Trust(55, 55, 55, 50, 55, 35),
    "civil_affairs.marriage_registration": Trust(52, 52, 50, 0, 52, 0),
    "civil_affairs.cremation": Trust(50, 50, 40, 0, 50, 0),
    "public_security.floating_population": Trust(48, 48, 48, 45, 48, 40),
    "civil_affairs.disability_certificate": Trust(44, 44, 40, 0, 40, 35),
    "civil_affairs.assistance_member": Trust(42, 42, 40, 0, 40, 34),
    "civil_affairs.elderly_allowance": Trust(40, 40, 40, 0, 40, 33),
    "civil_affairs.assistance_payment": Trust(38, 38, 38, 0, 38, 0),
    "civil_affairs.left_behind_child": Trust(36, 36, 36, 0, 36, 20),
    "community.resident_visit": Trust(34, 34, 34, 30, 34, 50),
    "community.service_use": Trust(24, 20, 20, 0, 30, 46),
    "community.wish": Trust(24, 20, 20, 0, 30, 46),
    "city_management.shop": Trust(22, 20, 20, 0, 28, 44),
    "community.request": Trust(18, 10, 10, 0, 10, 48),
    "emergency.evacuation_card": Trust(16, 16, 8, 0, 8, 10),
    "city_management.case": Trust(10, 5, 5, 0, 5, 42),
}
_UNLISTED = Trust(8, 5, 5, 0, 5, 15)
# Who is named beside the person a row is about is written down with less care.
_BESIDE = 0.5
_PRINCIPAL = {"self", "male", "female", "reporter", "requester", "wisher", "user", "operator"}

# Rows that no longer stand lose to every row that does.
_STANDING = {
    "public_security.resident_register": "is_current and not is_reversed",
    "public_security.floating_population": "floating_status <> '22'",
    "community.resident_visit": "not is_deleted",
}


def trust_table() -> pa.Table:
    """One row a source and slot: department, feed, slot, then trust by attribute."""
    rows = [
        {"department": feed.department, "feed": feed.name, "slot": slot.slot} | _scaled(feed, slot)
        for feed in FEEDS.values()
        for slot in feed.mentions
    ]
    return pa.Table.from_pylist(rows)


def _scaled(feed: Feed, slot: Slot) -> dict[str, int]:
    trust = asdict(TRUST.get(feed.id, _UNLISTED))
    share = 1 if slot.slot in _PRINCIPAL or slot.slot.isdigit() else _BESIDE
    return {attribute: int(value * share) for attribute, value in trust.items()}


def observed_sql() -> str:
    """``SELECT``: department, feed, record_key, observed_at, is_standing of records with people.

    The time is the record's own as far as it tells: by the time of receipt a rebuild would differ.
    """
    branches = [_branch(feed) for feed in FEEDS.values() if feed.mentions]
    return "-- One row a record that mentions people.\n" + "\nunion all\n".join(branches)


def _branch(feed: Feed) -> str:
    standing = _STANDING.get(feed.id, "true")
    return f"""select {literal(feed.department)} as department, {literal(feed.name)} as feed,
    _key as record_key, {_observed(feed)} as observed_at, coalesce({standing}, true) as is_standing
from conformed.{feed.table}"""


def _observed(feed: Feed) -> str:
    dates = [
        column.name for column in feed.columns if column.type is Type.DATE and not column.fuzzy
    ]
    name = feed.cursor_name or next(iter(dates), None)
    return f"cast({name} as timestamptz)" if name else "cast(null as timestamptz)"
