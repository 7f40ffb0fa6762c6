"""Rows as conform hands them to the rules, made from the few values that a test is about."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pyarrow as pa

from schemas import FEEDS, Feed, Type
from schemas.derive import conformed_schema

AS_OF = date(2026, 6, 30)
Row = Mapping[str, Any]


def citizen(first17: str) -> str:
    """The number with its check character, computed the way GB 11643 words it."""
    weights = [2 ** (18 - at) % 11 for at in range(1, 18)]
    total = sum(int(digit) * weight for digit, weight in zip(first17, weights, strict=True))
    return first17 + "10X98765432"[total % 11]


def uscc(first17: str) -> str:
    """The social credit code with its check character (GB 32100)."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(letters.index(c) * pow(3, at, 31) for at, c in enumerate(first17))
    return first17 + letters[(31 - total % 31) % 31]


def candidate_schema(feed: Feed) -> pa.Schema:
    """conformed columns, then raw_<name> for each column that is not text."""
    typed = [column for column in feed.columns if column.type is not Type.TEXT]
    raw = [pa.field(f"raw_{column.name}", pa.string()) for column in typed]
    return pa.schema([*conformed_schema(feed), *raw])


def as_candidate(feed: Feed, key: str, values: Row) -> dict[str, Any]:
    """A row with these values; what was delivered is their text unless ``raw_<name>`` says so."""
    row: dict[str, Any] = {"_key": key, "_batch": 1, "_row": 1}
    row |= dict.fromkeys(feed.key_names, key)
    if feed.cursor_name:
        row[feed.cursor_name] = datetime(2026, 1, 1, tzinfo=UTC)
    row |= values
    for column in feed.columns:
        value = row.get(column.name)
        if column.type is not Type.TEXT and value is not None:
            row.setdefault(f"raw_{column.name}", str(value))
        if column.fuzzy:
            row.setdefault(f"{column.name}_precision", "none" if value is None else "day")
            row.setdefault(f"{column.name}_text", row.get(f"raw_{column.name}"))
    return row


def make_candidate(
    con: duckdb.DuckDBPyConnection, feed: Feed, rows: Mapping[str, Row], name: str = "candidate"
) -> None:
    """Make the relation ``name`` with one row a key."""
    made = [as_candidate(feed, key, values) for key, values in rows.items()]
    schema = candidate_schema(feed)
    unknown = {column for row in made for column in row} - set(schema.names)
    assert not unknown, f"{feed.id} has no columns {unknown}"
    con.register("made", pa.Table.from_pylist(made, schema=schema))
    con.execute(f"create or replace temp table {name} as select * from made")
    con.unregister("made")


def feed_of(feed_id: str) -> Feed:
    return FEEDS[feed_id]
