"""A county of single facts: rows of the conformed, identity and warehouse zones."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from expectations.between import BETWEEN, SHARED
from expectations.between.rule import model_sql
from schemas import FEEDS
from schemas.derive import UTC_INSTANT, conformed_schema, quarantine_schema, table_schema
from schemas.identity import CROSSWALK, MENTION
from schemas.places import ADDRESS_MATCH
from schemas.warehouse import TABLES

AS_OF = date(2026, 6, 30)
REGISTER = "public_security.resident_register"
FLOATING = "public_security.floating_population"
CREMATION = "civil_affairs.cremation"
_STATUS = pa.schema(
    [
        ("feed", pa.string()),
        ("state", pa.string()),
        ("night", pa.date32()),
        ("stale_since", pa.date32()),
        ("last_success_at", UTC_INSTANT),
    ]
)


def ago(days: int) -> date:
    """A day before the business date."""
    return AS_OF - timedelta(days=days)


def at(day: date, hour: int = 4) -> datetime:
    """An instant of that day in Asia/Shanghai (noon, unless said)."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def _schemas() -> dict[str, pa.Schema]:
    known = {f"conformed.{feed.table}": conformed_schema(feed) for feed in FEEDS.values()}
    known |= {f"quarantine.{feed.table}": quarantine_schema(feed) for feed in FEEDS.values()}
    known |= {t.id: table_schema(t) for t in (*TABLES.values(), CROSSWALK, MENTION, ADDRESS_MATCH)}
    return known | {"hub.feed_status": _STATUS}


class World:
    """Rows by table; ``found`` runs a rule, or all of them, over what was said."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        for feed in FEEDS:
            self.status(feed)

    def add(self, table: str, **values: Any) -> None:
        """A row of any table."""
        self.rows.setdefault(table, []).append(values)

    def status(self, feed: str, night: date = AS_OF, **values: Any) -> None:
        """How a feed stands; the last word counts."""
        kept = [row for row in self.rows.get("hub.feed_status", []) if row["feed"] != feed]
        row = {"feed": feed, "state": "ok", "night": night, "last_success_at": at(night)}
        self.rows["hub.feed_status"] = [*kept, row | values]

    def row(self, feed: str, key: str, **values: Any) -> str:
        """A conformed row; the key's columns are filled from it."""
        declared = FEEDS[feed]
        named = dict(zip(declared.key_names, key.split("|"), strict=True))
        self.add(f"conformed.{declared.table}", **{"_key": key, **named, **values})
        return key

    def who(self, feed: str, key: str, resident: str, slot: str = "self", **values: Any) -> None:
        """The person of a record is this resident; values of the mention are comparable ones."""
        department, name = feed.split(".")
        number = len(self.rows.get(CROSSWALK.id, []))
        who = {"department": department, "feed": name, "record_key": key, "slot": slot}
        self.add(CROSSWALK.id, mention_id=number, resident_id=resident, **who)
        if "birth_date" in values:
            values["birth_precision"] = "day"
        self.add(MENTION.id, mention_id=number, **who, **values)

    def says(self, feed: str, key: str, resident: str, slot: str = "self", **values: Any) -> str:
        """A conformed row about a resident."""
        self.who(feed, self.row(feed, key, **values), resident, slot)
        return key

    def person(self, resident: str, key: str | None = None, **values: Any) -> str:
        """A current version of the register."""
        said = {
            "person_no": f"p-{resident}",
            "is_current": True,
            "is_reversed": False,
            "person_status": "0",
            "household_kind": "1",
            "valid_from_at": at(date(2015, 1, 1)),
            "birth_date_precision": "day",
            "updated_at": at(ago(90)),
        } | values
        return self.says(REGISTER, key or f"v-{resident}", resident, **said)

    def dead(self, resident: str, day: date = date(2026, 1, 10), precision: str = "day") -> None:
        """A cremation."""
        self.says(
            CREMATION,
            f"h-{resident}",
            resident,
            death_date=day,
            death_date_precision=precision,
            cremated_on=day,
        )

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection with every table, and the shared stages."""
        con = duckdb.connect()
        con.execute("set timezone = 'UTC'; create schema stage; create schema parameter")
        con.execute(f"create view parameter.as_of as select date '{AS_OF}' as as_of")
        for name, schema in _schemas().items():
            con.execute(f"create schema if not exists {name.split('.')[0]}")
            con.register("said", pa.Table.from_pylist(self.rows.get(name, []), schema=schema))
            con.execute(f"create table {name} as select * from said")
            con.unregister("said")
        for name, sql in SHARED.items():
            con.execute(f"create table {name} as {sql}")
        return con

    def found(self, *kinds: str) -> dict[str, list[dict[str, Any]]]:
        """The discrepancies of these rules, or of all, by kind."""
        con = self.connect()
        found = {
            kind: con.sql(model_sql(BETWEEN[kind])).to_arrow_table().to_pylist()
            for kind in kinds or BETWEEN
        }
        con.close()
        return found
