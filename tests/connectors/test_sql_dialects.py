"""What the sql connector asks of each kind of database: also of those that are not at hand here."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
import sqlglot
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite

from connectors import Pull
from connectors.follow import follower
from connectors.sql import CLOCKS, _statement

COLUMNS: list[Any] = [
    {"name": "RYNBID", "type": sa.String(40)},
    {"name": "GXSJ", "type": sa.DateTime()},
    {"name": "ZP", "type": sa.LargeBinary()},
    {"name": "备 注", "type": sa.Numeric(10, 2)},
]
PULL = Pull(
    ("RYNBID", "GXSJ"),
    ("RYNBID",),
    "GXSJ",
    since='{"sql": "2026-01-03 00:00:00"}',
    lookback=dt.timedelta(days=2),
)
DIALECTS: dict[str, tuple[sa.Dialect, str, str]] = {
    "postgres": (
        postgresql.dialect(),
        'SELECT CAST("RYNBID" AS TEXT) AS c0, "GXSJ" AS c1, encode("ZP", '
        '\'hex\') AS c2, CAST("备 注" AS TEXT) AS c3 \nFROM "SHARE"."T_CZRK"',
        ' \nWHERE "GXSJ" >= \'2026-01-01 00:00:00\' OR "GXSJ" IS NULL ORDER BY "GXSJ"',
    ),
    "mysql": (
        mysql.dialect(),
        "SELECT `RYNBID` AS c0, `GXSJ` AS c1, hex(`ZP`) AS c2, `备 注` AS c3 \n"
        "FROM `SHARE`.`T_CZRK`",
        " \nWHERE `GXSJ` >= '2026-01-01 00:00:00' OR `GXSJ` IS NULL ORDER BY `GXSJ`",
    ),
    "sqlite": (
        sqlite.dialect(),
        'SELECT "RYNBID" AS c0, "GXSJ" AS c1, hex("ZP") AS c2, "备 注" AS c3 \n'
        'FROM "SHARE"."T_CZRK"',
        ' \nWHERE "GXSJ" >= \'2026-01-01 00:00:00\' OR "GXSJ" IS NULL ORDER BY "GXSJ"',
    ),
    "oracle": (
        oracle.dialect(),
        'SELECT "RYNBID" AS c0, "GXSJ" AS c1, "ZP" AS c2, "备 注" AS c3 \nFROM "SHARE"."T_CZRK"',
        " \nWHERE \"GXSJ\" >= to_timestamp('2026-01-01 00:00:00.000000',"
        ' \'YYYY-MM-DD HH24:MI:SS.FF6\') OR "GXSJ" IS NULL ORDER BY "GXSJ"',
    ),
    "tsql": (
        mssql.dialect(),
        "SELECT [RYNBID] AS c0, [GXSJ] AS c1, [ZP] AS c2, [备 注] AS c3 \nFROM [SHARE].[T_CZRK]",
        " \nWHERE [GXSJ] >= CAST('2026-01-01 00:00:00.000000' AS DATETIME2)"
        " OR [GXSJ] IS NULL ORDER BY [GXSJ]",
    ),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_a_pull_is_one_statement_from_the_bound_on(name: str) -> None:
    dialect, select, where = DIALECTS[name]
    follow = follower(PULL, "sql", "GXSJ", "text", None)
    statement = _statement(dialect, "T_CZRK", "SHARE", COLUMNS, follow)
    assert statement == select + where
    assert sqlglot.parse_one(statement, read=name).find(sqlglot.exp.Where)


@pytest.mark.parametrize("name", DIALECTS)
def test_a_full_pull_has_no_bound_and_no_order(name: str) -> None:
    dialect, select, _ = DIALECTS[name]
    follow = follower(Pull(PULL.columns, PULL.key, "GXSJ"), "sql", "GXSJ", "text", None)
    assert _statement(dialect, "T_CZRK", "SHARE", COLUMNS, follow) == select


@pytest.mark.parametrize("name", DIALECTS)
def test_the_clock_of_each_is_a_statement_that_it_understands(name: str) -> None:
    dialect = DIALECTS[name][0].name
    assert sqlglot.parse_one(CLOCKS[dialect], read=name).find(sqlglot.exp.Select)
