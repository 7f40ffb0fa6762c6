"""Rows of MySQL and MariaDB: the binary protocol says what the text protocol says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from connectors import Connector, FeedSpec, Pull, make, mysql_rows
from foundation.errors import SourceError
from tests.connectors.reading import batches, rows

TYPES = {
    "tiny": ("tinyint", [-128, 127]),
    "small": ("smallint unsigned", [0, 65535]),
    "medium": ("mediumint", [-8388608, 8388607]),
    "whole": ("int", [-(2**31), 7]),
    "big": ("bigint unsigned", [2**64 - 1, 0]),
    "padded": ("int(8) unsigned zerofill", [42, 0]),
    "real8": ("double", [115.40917, -0.0]),
    "fixed": ("double(10,2)", [1.5, 0]),
    "real4": ("float", [0.1, 16777216]),
    "exact": ("decimal(30,4)", ["12345678901234567890.5000", "-1"]),
    "at": ("datetime(6)", ["2026-01-02 03:04:05.000060", "0000-00-00 00:00:00"]),
    "stamp": ("timestamp null", ["2026-01-02 03:04:05", "2030-12-31 23:59:59"]),
    "day": ("date", ["2026-01-00", "0000-00-00"]),
    "clock": ("time(3)", ["-838:59:59.000", "00:00:00.5"]),
    "year": ("year", [2026, 0]),
    "flag": ("bit(9)", [257, 0]),
    "choice": ("enum('甲','乙')", ["甲", "乙"]),
    "some": ("set('甲','乙')", ["甲,乙", ""]),
    "name": ("varchar(400)", ["张" * 120, ""]),
    "latin": ("char(5) character set latin1", ["é", "x"]),
    "body": ("longtext", ["长" * 30_000, "短"]),
    "bytes": ("varbinary(9)", [b"\x00\xff", b""]),
    "json": ("json", ['{"键": 1.50}', "[]"]),
}
NAMES = tuple(TYPES)


@pytest.fixture
def engine(mariadb_url: str) -> sa.Engine:
    url = mariadb_url.replace("mysql:", "mysql+pymysql:")
    return sa.create_engine(url, poolclass=sa.NullPool)


@pytest.fixture
def table(mariadb_url: str, engine: sa.Engine) -> Iterator[str]:
    """A row of first values, one of second ones, and one for each column in which it is null."""
    columns = ", ".join(f"`{name}` {kind}" for name, (kind, _) in TYPES.items())
    marks = ", ".join(f"%({name})s" for name in TYPES)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET SESSION sql_mode = '', time_zone = '+08:00'")
        connection.exec_driver_sql(f"CREATE TABLE kinds ({columns}) DEFAULT CHARSET utf8mb4")
        for values in _values():
            connection.exec_driver_sql(f"INSERT INTO kinds VALUES ({marks})", values)
    yield mariadb_url
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE kinds")


@pytest.fixture
def view(mariadb_url: str, engine: sa.Engine) -> Iterator[Callable[[str], Connector]]:
    """A connector for what a SELECT gives."""

    def made(select: str) -> Connector:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE OR REPLACE VIEW shown AS {select}")
        return make("sql", {"url": mariadb_url}, FeedSpec("a", "shown", "shown"))

    yield made
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP VIEW shown")


def _values() -> Iterator[dict[str, Any]]:
    for i in (0, 1):
        yield {name: values[i] for name, (_, values) in TYPES.items()}
    for absent in NAMES:
        yield {name: None if name == absent else v[0] for name, (_, v) in TYPES.items()}
    yield dict.fromkeys(NAMES)


def read(url: str) -> list[Any]:
    source = make("sql", {"url": url}, FeedSpec("a", "kinds", "kinds"))
    return rows(batches(source, Pull(NAMES, ("tiny",))))


def test_both_protocols_say_the_same(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = read(table)
    monkeypatch.setattr(mysql_rows, "_executed", lambda connection, statement: None)
    text = read(table)
    zeros = {"-0": "0", "0": "0"}  # a server may write the sign of nothing
    assert len(binary) == len(NAMES) + 3
    for one, other in zip(binary, text, strict=True):
        assert {**one, "real8": zeros.get(str(one["real8"]), one["real8"])} == {
            **other,
            "real8": zeros.get(str(other["real8"]), other["real8"]),
        }


def test_values_are_as_the_server_writes_them(table: str) -> None:
    first, second, *without, none = read(table)
    assert (first["padded"], first["fixed"], first["real4"]) == ("00000042", "1.50", "0.1")
    assert (first["big"], first["exact"]) == (str(2**64 - 1), "12345678901234567890.5000")
    assert (first["at"], second["at"]) == ("2026-01-02 03:04:05.000060", "0000-00-00 00:00:00")
    assert (first["day"], second["day"]) == ("2026-01-00", "0000-00-00")
    assert (first["stamp"], first["clock"]) == ("2026-01-02 03:04:05", "-838:59:59.000")
    assert (first["flag"], first["year"], second["year"]) == ("257", "2026", "0000")
    assert (first["latin"], first["bytes"], first["body"]) == ("é", "00FF", "长" * 30_000)
    for absent, row in zip(NAMES, without, strict=True):
        assert row == {**first, absent: None}
    assert set(none.values()) == {None}


SEQUENCE = Pull(("n",), ("n",))


def test_a_row_that_takes_several_packets_comes_whole(view: Callable[[str], Connector]) -> None:
    long = "IF(seq = 2, 5000000, 1)"
    select = f"SELECT seq AS n, REPEAT('长', {long}) AS a, REPEAT('b', {long}) AS b FROM seq_1_to_3"
    found = rows(batches(view(select), Pull(("n", "a", "b"), ("n",))))
    assert [row["n"] for row in found] == ["1", "2", "3"]
    assert found[1] == {"n": "2", "a": "长" * 5_000_000, "b": "b" * 5_000_000}


@pytest.mark.parametrize("last", [1, 2, 5000, 40_000])
def test_an_error_after_some_rows_is_an_error(view: Callable[[str], Connector], last: int) -> None:
    two = f"SELECT seq FROM seq_1_to_2 AS t WHERE t.seq < IF(s.seq = {last}, 3, 2)"
    source = view(f"SELECT s.seq AS n, ({two}) AS m FROM seq_1_to_50000 AS s")
    with pytest.raises(SourceError, match="1242"):
        batches(source, SEQUENCE)


@pytest.mark.parametrize("count", [0, 1, 70_000])
def test_rows_of_any_number_come_once_and_in_order(
    view: Callable[[str], Connector], count: int
) -> None:
    source = view(
        f"SELECT seq AS n, REPEAT('x', seq MOD 300) AS x FROM seq_0_to_{count} WHERE seq > 0"
    )
    found = batches(source, Pull(("n", "x"), ("n",)))
    assert [row["n"] for row in rows(found)] == [str(n) for n in range(1, count + 1)]
    assert [row["x"] for row in rows(found)] == ["x" * (n % 300) for n in range(1, count + 1)]
