"""Whatever stands in a table of MySQL or MariaDB comes as its server writes it, null as null."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pymysql
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from pymysql.converters import encoders
from pymysql.cursors import Cursor

from connectors import FeedSpec, Pull, make, mysql_rows
from tests.connectors.reading import aside, batches, rows

AT = st.datetimes(dt.datetime(1000, 1, 1))
ODD = ["", "'", '"', "\\", "\\n", "\r\n", "\t,;", "NULL", "\\N", "𠮷😀", "\x1a", "e\u0301"]
COLUMNS: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "said": ("text", st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300)),
    "odd": ("varchar(9)", st.sampled_from(ODD)),
    "alike": ("char(3)", st.sampled_from(["甲乙丙", "丁戊己"])),
    "ascii": ("char(3)", st.sampled_from(["abc", "xyz"])),
    "raw": ("blob", st.binary(max_size=300)),
    "bits": ("bit(64)", st.integers(0, 2**64 - 1)),
    "big": ("bigint unsigned", st.integers(0, 2**64 - 1)),
    "signed": ("bigint", st.integers(-(2**63), 2**63 - 1)),
    "real8": ("double", st.floats(allow_nan=False, allow_infinity=False)),
    "exact": ("decimal(38,9)", st.decimals(-(10**28), 10**28, places=9)),
    "day": ("date", st.dates(dt.date(1000, 1, 1)) | st.sampled_from(["0000-00-00", "2026-02-00"])),
    "at": ("datetime(6)", AT | AT.map(lambda at: at.replace(microsecond=0)) | st.dates()),
    "second": ("datetime", AT | st.just("0000-00-00")),
    "clock": ("time(6)", st.timedeltas(dt.timedelta(0), dt.timedelta(days=34))),
}
WHOLE = st.fixed_dictionaries({name: some for name, (_, some) in COLUMNS.items()})
HOLED = st.fixed_dictionaries({name: st.none() | some for name, (_, some) in COLUMNS.items()})
WRITTEN = {"raw": "hex(raw)", "bits": "cast(bits as unsigned)"}
ROOMS = st.sampled_from([64, 5000, mysql_rows.ROOM])


@pytest.fixture(scope="module")
def mixed(mariadb_url: str) -> Iterator[tuple[str, Cursor]]:
    """A table, and a cursor that gives values as the server writes them."""
    url = sa.make_url(mariadb_url)
    server = pymysql.connect(
        host=url.host,
        port=url.port or 3306,
        user=url.username,
        password=url.password or "",
        database=url.database,
        conv=dict(encoders),
        autocommit=True,
    )
    columns = ", ".join(f"`{name}` {kind}" for name, (kind, _) in COLUMNS.items())
    with server, server.cursor() as cursor:
        cursor.execute("SET SESSION sql_mode = '', time_zone = '+08:00'")
        cursor.execute(f"CREATE TABLE mixed (n int, {columns}) DEFAULT CHARSET utf8mb4")
        yield mariadb_url, cursor
        cursor.execute("DROP TABLE mixed")


def fill(cursor: Cursor, values: list[dict[str, Any]]) -> None:
    cursor.execute("DELETE FROM mixed")
    marks = ", ".join(f"%({name})s" for name in COLUMNS)
    for n, row in enumerate(values):
        cursor.execute(f"INSERT INTO mixed VALUES ({n}, {marks})", row)


def written(cursor: Cursor) -> list[dict[str, str | None]]:
    cells = ", ".join(WRITTEN.get(name, f"`{name}`") for name in COLUMNS)
    cursor.execute(f"SELECT {cells} FROM mixed ORDER BY n")
    return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def read(url: str, **options: Any) -> list[dict[str, str | None]]:
    source = make("sql", {"url": url, **options}, FeedSpec("a", "mixed", "mixed"))
    found = rows(batches(source, Pull(("n", *COLUMNS), ("n",))))
    found.sort(key=lambda row: int(row.pop("n")))
    return found


def spelled(row: dict[str, Any]) -> dict[str, Any]:
    """A server writes a double in its own way, and fractions that are nothing."""
    real8, at = row["real8"], row["at"]
    told = {"real8": real8 and float(real8), "at": at and at.removesuffix(".000000")}
    return {**row, **told}


@settings(deadline=None, max_examples=40)
@given(
    st.lists(WHOLE, max_size=6) | st.lists(HOLED, max_size=6) | st.lists(HOLED | WHOLE, max_size=9),
    st.sampled_from([1, 2, 65_536]),
    ROOMS,
)
def test_both_protocols_give_what_the_server_writes(
    mixed: tuple[str, Cursor], values: list[dict[str, Any]], size: int, room: int
) -> None:
    url, cursor = mixed
    fill(cursor, values)
    wanted = [spelled(row) for row in written(cursor)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mysql_rows, "ROOM", room)
        assert [spelled(row) for row in read(url, batch_rows=size)] == wanted
        patch.setattr(mysql_rows, "_executed", lambda connection, statement: None)
        assert [spelled(row) for row in read(url, batch_rows=size)] == wanted


def test_a_row_that_holds_nul_is_set_apart_and_the_others_come(mixed: tuple[str, Cursor]) -> None:
    url, cursor = mixed
    fill(cursor, [dict.fromkeys(COLUMNS) | {"said": said} for said in ("a", "b\0c", "", "\0")])
    source = make("sql", {"url": url}, FeedSpec("a", "mixed", "mixed"))
    found = batches(source, Pull(("n", *COLUMNS), ("n",)))
    assert [row["said"] for row in rows(found)] == ["a", ""]
    assert [one.place for one in aside(found)] == ["row 2", "row 4"]
