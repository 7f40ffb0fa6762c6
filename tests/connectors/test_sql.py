"""The sql connector on PostgreSQL, MariaDB and SQLite."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import Connector, FeedSpec, Pull, make
from connectors.follow import earlier
from foundation.errors import ConfigError, SourceChanged
from tests.connectors.reading import aside, batches, rows

FEED = FeedSpec("public_security", "resident_register", "T_CZRK")
COLUMNS = ("RYNBID", "XM", "GXSJ")
START = dt.datetime(2026, 1, 1)
CANARY = "canary362132199001011234"


def connector(engine: sa.Engine, feed: FeedSpec = FEED, **options: Any) -> Connector:
    return make("sql", {"url": engine.url.render_as_string(False), **options}, feed)


def pull(**changes: Any) -> Pull:
    return Pull(**{"columns": COLUMNS, "key": ("RYNBID",), "cursor_column": "GXSJ", **changes})


def stamp(engine: sa.Engine) -> Any:
    return sa.dialects.mysql.DATETIME(fsp=6) if engine.dialect.name == "mysql" else sa.DateTime()


def table(engine: sa.Engine, name: str = "T_CZRK", *more: sa.Column[Any]) -> sa.Table:
    made = sa.Table(
        name,
        sa.MetaData(),
        sa.Column("RYNBID", sa.String(40)),
        sa.Column("XM", sa.String(200)),
        sa.Column("GXSJ", stamp(engine)),
        *more,
    )
    made.create(engine)
    return made


def fill(engine: sa.Engine, into: sa.Table, count: int, first: int = 0) -> None:
    values = [
        {"RYNBID": str(i), "XM": f"张{i}", "GXSJ": START + dt.timedelta(hours=i)}
        for i in range(first, first + count)
    ]
    with engine.begin() as connection:
        connection.execute(into.insert(), values)


def test_rows_without_a_cursor_are_read_each_time(database: sa.Engine) -> None:
    into = table(database)
    fill(database, into, 3)
    with database.begin() as connection:
        connection.execute(into.insert(), [{"RYNBID": "none", "XM": None, "GXSJ": None}])
    cursor = batches(connector(database), pull())[-1].cursor
    again = rows(batches(connector(database), pull(since=cursor)))
    assert {row["RYNBID"] for row in again} == {"2", "none"}


def test_an_empty_table_gives_one_empty_batch_and_keeps_the_cursor(database: sa.Engine) -> None:
    table(database)
    found = batches(connector(database), pull(since='{"sql":"2026-01-01 00:00:00"}'))
    assert [batch.rows.num_rows for batch in found] == [0]
    assert found[0].cursor == '{"sql":"2026-01-01 00:00:00"}'


def test_many_batches_repeat_the_old_cursor_until_the_last(database: sa.Engine) -> None:
    fill(database, table(database), 3000)
    since = '{"sql":"2025-01-01 00:00:00"}'
    found = batches(connector(database, batch_rows=1000), pull(since=since))
    assert len(rows(found)) == 3000
    assert {batch.cursor for batch in found[:-1]} <= {since}
    assert found[-1].cursor != since


def test_names_are_found_in_any_case(database: sa.Engine) -> None:
    into = sa.Table(
        "t_czrk",
        sa.MetaData(),
        *(sa.Column(sa.sql.quoted_name(n.lower(), True), sa.String(40)) for n in COLUMNS),
    )
    into.create(database)
    with database.begin() as connection:
        connection.execute(into.insert(), [{"rynbid": "1", "xm": "李", "gxsj": "20260101000000"}])
    found = batches(connector(database), pull(lookback=dt.timedelta(days=1)))
    assert rows(found) == [{"RYNBID": "1", "XM": "李", "GXSJ": "20260101000000"}]
    again = batches(connector(database), pull(since=found[-1].cursor))
    assert len(rows(again)) == 1


def test_values_have_one_spelling(database: sa.Engine) -> None:
    more = [
        sa.Column("whole", sa.BigInteger),
        sa.Column("floating", sa.Double),
        sa.Column("exact", sa.Numeric(12, 4)),
        sa.Column("flag", sa.Boolean),
        sa.Column("day", sa.Date),
        sa.Column("bytes", sa.LargeBinary),
        sa.Column("list", sa.JSON),
    ]
    into = table(database, "T_CZRK", *more)
    row = {
        "RYNBID": "1",
        "XM": "𬴂\t'\"\\%:x\r\n",
        "GXSJ": dt.datetime(2026, 1, 2, 3, 4, 5, 60),
        "whole": 2**62,
        "floating": 115.40917,
        "exact": 12,
        "flag": True,
        "day": dt.date(1949, 10, 1),
        "bytes": b"\x00\xff",
        "list": ["甲", 1],
    }
    with database.begin() as connection:
        connection.execute(into.insert(), [row])
    (found,) = rows(batches(connector(database), pull()))
    assert found["XM"] == row["XM"]
    assert found["GXSJ"] == "2026-01-02 03:04:05.000060"
    assert (found["whole"], found["floating"]) == (str(2**62), "115.40917")
    assert (found["flag"], found["day"], found["bytes"].lower()) == ("1", "1949-10-01", "00ff")
    assert json.loads(found["list"]) == ["甲", 1]
    assert float(found["exact"]) == 12


def test_arrays_zoned_times_and_special_floats_of_postgresql(postgres_url: str) -> None:
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE odd AS SELECT 1 AS id, ARRAY['甲', NULL] AS list, "
            "timestamptz '2026-01-01 00:00:00+00' AS zoned, 'infinity'::timestamp AS open, "
            "'x'::char(4) AS padded, 1e300::float8 AS huge, '{\"a\": [1]}'::jsonb AS body"
        )
    columns = ("id", "list", "zoned", "open", "padded", "huge", "body")
    source = connector(engine, FeedSpec("a", "odd", "odd"))
    found = batches(source, Pull(columns, ("id",), "id"))
    assert list(rows(found)[0].values()) == [
        "1",
        '["甲",null]',
        "2026-01-01 08:00:00",
        "infinity",
        "x",
        "1e+300",
        '{"a": [1]}',
    ]
    assert json.loads(str(found[-1].cursor)) == {"sql": "1"}
    assert len(rows(batches(source, Pull(columns, ("id",), "id", since=found[-1].cursor)))) == 1
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE odd")


TIMES = (
    "infinity",
    "-infinity",
    "2026-01-02 03:04:05.6",
    "2026-01-02 00:00:00",
    "0001-01-01 00:00:00",
    "9999-12-31 23:59:59.999999",
    "10000-01-01 00:00:00",
    "294276-12-31 23:59:59.999999",
    "0044-03-15 12:00:00 BC",
    "4713-01-01 00:00:00 BC",
    None,
)


def test_times_of_postgresql_are_as_it_writes_them(postgres_url: str) -> None:
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE times (id int, at timestamp, day date)")
        for i, time in enumerate((*TIMES, "5874897-12-31")):
            at = None if i == len(TIMES) else time
            connection.execute(
                sa.text(
                    "INSERT INTO times VALUES (:i, cast(:at AS timestamp), cast(:day AS date))"
                ),
                {"i": i, "at": at, "day": time},
            )
        told = connection.exec_driver_sql("SELECT at::text, day::text FROM times ORDER BY id").all()
    source = connector(engine, FeedSpec("a", "times", "times"))
    found = rows(batches(source, Pull(("id", "at", "day"), ("id",))))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE times")
    found.sort(key=lambda row: int(row["id"]))
    assert [row["day"] for row in found] == [day for _, day in told]
    assert [(row["at"] or "").replace(".600000", ".6") for row in found] == [
        at or "" for at, _ in told
    ]


def test_long_values_and_nulls_survive_the_mariadb_wire(mariadb_url: str) -> None:
    engine = sa.create_engine(mariadb_url.replace("mysql:", "mysql+pymysql:"))
    into = sa.Table(
        "wire",
        sa.MetaData(),
        sa.Column("id", sa.Integer),
        sa.Column("text", sa.dialects.mysql.LONGTEXT),
    )
    into.create(engine)
    texts = [None, "", "短", "x" * 250, "x" * 251, "长" * 300, "y" * 70_000, "z" * 17_000_000]
    with engine.begin() as connection:
        connection.exec_driver_sql("SET SESSION sql_mode = ''")
        for i, text in enumerate(texts):
            if text is None or len(text) < 10**6:
                connection.execute(into.insert(), [{"id": i, "text": text}])
            else:
                connection.exec_driver_sql(
                    f"INSERT INTO wire VALUES ({i}, repeat('z', {len(text)}))"
                )
    source = connector(engine, FeedSpec("a", "wire", "wire"))
    found = rows(batches(source, Pull(("id", "text"), ("id",), None)))
    into.drop(engine)
    expected = texts if found[-1]["text"] is not None else [*texts[:-1], None]  # max_allowed_packet
    assert [row["text"] for row in sorted(found, key=lambda row: int(row["id"]))] == expected


def test_a_row_with_a_nul_is_set_apart_and_bad_bytes_stay_visible(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as db:
        db.execute("CREATE TABLE t (id INTEGER, name TEXT)")
        db.execute("INSERT INTO t VALUES (1, '好'), (2, 'a' || char(0) || 'b')")
        db.execute("INSERT INTO t VALUES (3, CAST(x'c3ff' AS TEXT))")
    source = make("sql", {"url": f"sqlite:///{tmp_path}/x.db"}, FeedSpec("a", "t", "t"))
    found = batches(source, Pull(("id", "name"), ("id",)))
    assert rows(found) == [{"id": "1", "name": "好"}, {"id": "3", "name": "\\xc3\\xff"}]
    (bad,) = aside(found)
    assert (bad.place, bad.reason) == ("row 2", "the row holds a NUL character")
    assert json.loads(bad.raw) == {"id": "2", "name": "a\0b"}


def test_a_table_that_is_gone_is_a_change(database: sa.Engine) -> None:
    with pytest.raises(SourceChanged, match="no table or view T_CZRK"):
        connector(database).check()


@pytest.mark.parametrize("url", ["", "no url", "nosuchdialect://x/y"])
def test_a_url_that_cannot_be_used_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigError):
        make("sql", {"url": url}, FEED).check()


@given(
    moment=st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2100, 1, 1)),
    back=st.timedeltas(dt.timedelta(), dt.timedelta(days=900)),
    spelling=st.sampled_from(
        ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y%m%d%H%M%S", "%Y-%m-%d"]
    ),
)
@settings(max_examples=60)
def test_look_back_keeps_the_spelling_and_the_order(
    moment: dt.datetime, back: dt.timedelta, spelling: str
) -> None:
    text = moment.strftime(spelling)
    moved = earlier(text, back)
    assert moved <= text and len(moved) in (len(text), 19)
