"""Text to types: a table of what departments write and what it means."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from expectations.verdict import verdicts
from foundation.engine import read_sql
from pipelines.conform.columns import projection
from schemas import FEEDS
from schemas.derive import conformed_schema

AS_OF = date(2026, 3, 1)


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("load icu; set TimeZone = 'UTC'")
    connection.execute(read_sql("pipelines.conform", "macros"))
    return connection


FUZZY = [
    ("19900512", "1990-05-12", "day"),
    ("19900500", "1990-05-01", "month"),
    ("19900000", "1990-01-01", "year"),
    ("19900231", None, "none"),
    ("00000000", None, "none"),
    ("19700101", "1970-01-01", "day"),
    ("1990-05-12", "1990-05-12", "day"),
    ("1990-5-2", "1990-05-02", "day"),
    ("1990-05-00", "1990-05-01", "month"),
    ("1990/5/2 0:00:00", "1990-05-02", "day"),
    ("1990-05-12T08:00:00", "1990-05-12", "day"),
    ("1990.1.2", "1990-01-02", "day"),
    ("１９９０．１．２", "1990-01-02", "day"),
    ("1990年1月2日", "1990-01-02", "day"),
    ("1990年1月", "1990-01-01", "month"),
    ("1990年", "1990-01-01", "year"),
    ("1990", "1990-01-01", "year"),
    ("1990-05", "1990-05-01", "month"),
    ("199005", "1990-05-01", "month"),
    ("33005", "1990-05-12", "day"),
    ("25569", "1970-01-01", "day"),
    ("25569.0", "1970-01-01", "day"),
    ("99999", None, "none"),
    ("80", "1946-01-01", "age"),
    ("80岁", "1946-01-01", "age"),
    ("3周岁", "2023-01-01", "age"),
    ("0", "2026-01-01", "age"),
    ("150", None, "none"),
    ("900512", "1990-05-12", "day"),
    ("050301", "2005-03-01", "day"),
    ("85-3-12", "1985-03-12", "day"),
    ("85.3.12", "1985-03-12", "day"),
    ("85年3月", "1985-03-01", "month"),
    ("85年", "1985-01-01", "year"),
    ("26-03-01", "2026-03-01", "day"),
    ("27-03-01", "1927-03-01", "day"),
    ("农历五月初五", None, "none"),
    ("", None, "none"),
    ("　", None, "none"),
]
TYPED = [
    ("to_instant", "20240301101112", "2024-03-01 02:11:12+00"),
    ("to_instant", "2024-03-01 10:11:12", "2024-03-01 02:11:12+00"),
    ("to_instant", "2024-03-01T10:11:12.5", "2024-03-01 02:11:12.5+00"),
    ("to_instant", "2024-03-01", "2024-02-29 16:00:00+00"),
    ("to_instant", "2024/3/1 8:05", "2024-03-01 00:05:00+00"),
    ("to_instant", "2024-03-01T10:11:12Z", "2024-03-01 10:11:12+00"),
    ("to_instant", "2024-03-01T10:11:12+08:00", "2024-03-01 02:11:12+00"),
    ("to_instant", "45413.5", "2024-05-01 04:00:00+00"),
    ("to_instant", "1988-07-01 12:00:00", "1988-07-01 03:00:00+00"),  # summer time
    ("to_instant", "2024-13-01 00:00:00", None),
    ("to_instant", "infinity", None),
    ("to_month", "2024-05", "2024-05"),
    ("to_month", "2024年5月", "2024-05"),
    ("to_month", "202405", "2024-05"),
    ("to_month", "2024-05-01", "2024-05"),
    ("to_month", "45413", "2024-05"),
    ("to_month", "3000-12", "3000-12"),
    ("to_month", "2024-13", None),
    ("to_whole", "12", "12"),
    ("to_whole", "１２", "12"),
    ("to_whole", "12.0", "12"),
    ("to_whole", "1,200", "1200"),
    ("to_whole", "3.5", None),
    ("to_real", "1,234.50", "1234.5"),
    ("to_real", "1e3", "1000.0"),
    ("to_real", "nan", None),
    ("to_flag", "是", "true"),
    ("to_flag", "0", "false"),
    ("to_flag", "也许", None),
    ("to_list", '["a","b"]', "[a, b]"),
    ("to_list", "[]", "[]"),
    ("to_list", "a,b", None),
    ("to_list", '["a"', None),
]


@pytest.mark.parametrize(("text", "day", "precision"), FUZZY)
def test_a_date_as_people_write_it(
    con: duckdb.DuckDBPyConnection, text: str, day: str | None, precision: str
) -> None:
    found = con.execute(
        "select f.day::text, f.precision from (select known_date(said) as f"
        " from (select said_date(half_width(tidy($1)), $2) as said))",
        [text, AS_OF],
    ).fetchall()
    assert found == [(day, precision)]


@pytest.mark.parametrize(("macro", "text", "value"), TYPED)
def test_a_value_of_a_type(
    con: duckdb.DuckDBPyConnection, macro: str, text: str, value: str | None
) -> None:
    [(found,)] = con.execute(f"select {macro}(half_width(tidy($1)))::text", [text]).fetchall()
    assert found == value


def test_all_texts_together_raise_nothing_in_any_type(con: duckdb.DuckDBPyConnection) -> None:
    texts = [text for text, *_ in FUZZY] + [text for _, text, _ in TYPED]
    con.execute("create or replace temp table texts as select unnest($1) as t", [texts])
    for macro in ("to_instant", "to_month", "to_whole", "to_real", "to_flag", "to_list"):
        con.execute(f"select {macro}(half_width(tidy(t))) from texts").fetchall()
    said = "select said_date(half_width(tidy(t)), $1) as said from texts"
    con.execute(f"select known_date(said) from ({said})", [AS_OF]).fetchall()


def _candidate(con: duckdb.DuckDBPyConnection, feed_id: str, **cells: str) -> dict[str, object]:
    feed = FEEDS[feed_id]
    columns = [f'$c{n} as "{name}"' for n, name in enumerate(feed.sources)]
    meta = "'k' as _key, 'h' as _hash, 1 as _batch, 1 as _row, null as _received_at"
    values = {f"c{n}": cells.get(name) for n, name in enumerate(feed.sources)}
    rows = f"(select {', '.join(columns)}, {meta})"
    con.execute("set variable as_of = date '2026-03-01'")
    found = con.execute(projection(feed, rows), values)
    return dict(zip([item[0] for item in found.description], found.fetchall()[0], strict=True))


def test_codes_go_through_the_departments_own_map(con: duckdb.DuckDBPyConnection) -> None:
    row = _candidate(con, "community.resident_visit", sex="0", name="　王　芳 ", phone=" ")
    assert (row["sex"], row["raw_sex"]) == ("1", "0")
    assert (row["name"], row["phone"]) == ("王　芳", None)


def test_an_unknown_code_of_a_closed_list_is_null_beside_its_text(
    con: duckdb.DuckDBPyConnection,
) -> None:
    row = _candidate(con, "public_security.resident_register", XBDM="7", XLDM="77", JLBZ="x")
    assert (row["sex"], row["raw_sex"]) == (None, "7")
    assert row["education"] == "77"  # an open list: counted, not refused
    assert (row["is_current"], row["raw_is_current"]) == (None, "x")


@pytest.mark.parametrize("feed_id", FEEDS)
def test_every_feed_is_typed_as_declared_and_its_rules_run(
    con: duckdb.DuckDBPyConnection, feed_id: str
) -> None:
    feed = FEEDS[feed_id]
    con.execute("set variable as_of = date '2026-03-01'")
    texts = ["junk", "", "20240101", "2024-01-01 10:00:00", "12", "是", '["a"]', None]
    columns = [f'$t[1 + (i + {n}) % 8] as "{name}"' for n, name in enumerate(feed.sources)]
    meta = "i::text as _key, 'h' as _hash, 1::bigint as _batch, i as _row, now() as _received_at"
    rows = f"(select {', '.join(columns)}, {meta} from range(8) as _(i))"
    con.execute(f"create or replace temp table candidate as {projection(feed, rows)}", {"t": texts})
    made = con.sql("from candidate limit 0").to_arrow_table().schema
    for field in conformed_schema(feed):
        if field.name not in ("_stale", "_warnings", "_rules_version"):
            assert made.field(field.name).type == field.type, field.name
    found = verdicts(con, feed, "candidate", as_of=AS_OF)
    assert (found.rows, found.could_not_run) == (8, {})
