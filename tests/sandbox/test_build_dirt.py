"""Every kind of dirt occurs, at about its stated rate, and does to the cell what its name says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from sandbox.build import build_county
from sandbox.cells import lunar
from sandbox.dirt import CARE, DAMAGES, RATE_IN, TRAITS, Dirt, rate
from schemas import FEEDS


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dirt") / "c"
    build_county(20_000, 3, folder, days=5, damage=3.0)
    return folder


@pytest.fixture(scope="module")
def con(county: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(
        "create view d as from "
        f"read_parquet('{county}/truth/**/damages.parquet', union_by_name=true)"
    )
    for table, path in (
        ("visit", "community/resident_visit"),
        ("card", "emergency/evacuation_card"),
        ("member", "civil_affairs/assistance_member"),
        ("used", "community/service_use"),
    ):
        con.execute(f"create view {table} as from '{county}/{path}.parquet'")
    return con


def test_every_kind_of_damage_and_every_trait_occurs(con: duckdb.DuckDBPyConnection) -> None:
    found = {kind for (kind,) in con.execute("select distinct damage from d").fetchall()}
    assert found == {d.kind for d in DAMAGES} | set(TRAITS)


def test_the_tables_of_rates_name_feeds_and_kinds_that_exist() -> None:
    kinds = {d.kind for d in DAMAGES}
    assert set(CARE) <= set(FEEDS)
    assert all(feed in FEEDS and kind in kinds for feed, kind in RATE_IN)
    assert all(0 < d.rate < 1 and d.what for d in DAMAGES) and len(kinds) == len(DAMAGES)


@settings(max_examples=30, deadline=None)
@given(factor=st.floats(0.1, 3), seed=st.integers(0, 9999), feed=st.sampled_from(sorted(FEEDS)))
def test_a_damage_is_drawn_at_its_rate_and_no_cell_twice(
    factor: float, seed: int, feed: str
) -> None:
    n = 40_000
    able = {"id_lower_x": np.arange(n) % 10 == 0, "id_15_digits": np.arange(n) % 3 == 0}
    spread = Dirt(factor).draw(np.random.default_rng(seed), feed, "id", able, n)
    rows = np.concatenate([np.zeros(0, int), *spread.values()])
    assert len(np.unique(rows)) == len(rows)
    kinds = Dirt(factor).rates(feed, "id")
    taken = 1 - sum(kinds.values())
    for kind, hit in spread.items():
        can = int(able[kind].sum()) if kind in able else n
        share = len(hit) / can
        noise = 6 * (kinds[kind] / can) ** 0.5 + 1e-3
        assert min(taken, 0.3) * kinds[kind] - noise <= share <= kinds[kind] + noise, kind


def test_no_factor_no_dirt() -> None:
    for feed in FEEDS:
        assert Dirt(0).rates(feed, "id") == {} and Dirt(0).rates(feed, "place") == {}


def test_a_rate_is_the_stated_one(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute(
        """select damage, count(*) from d where feed = 'service_use' and __op is null group by 1"""
    ).fetchall()
    counted = Counter(dict(rows))
    (total,) = con.execute("select count(*) from used").fetchall()[0]
    for kind in ("name_homophone", "phone_landline", "phone_masked", "name_lookalike"):
        stated = 3 * rate(kind, "community.service_use")
        assert 0.5 * stated < counted[kind] / total < 1.4 * stated, kind


def cells(
    con: duckdb.DuckDBPyConnection, kind: str, column: str, table: str, key: str
) -> list[str]:
    feed = {"visit": "resident_visit", "card": "evacuation_card", "member": "assistance_member"}[
        table
    ]
    rows = con.execute(
        f"""select "{column}" from {table} join d on record_key = {key} and d.feed = '{feed}'
            where damage = '{kind}' and d.column = '{column}'"""
    ).fetchall()
    assert rows, kind
    return [value for (value,) in rows]


def test_ids_are_spoilt_as_named(con: duckdb.DuckDBPyConnection) -> None:
    def of(kind: str) -> list[str]:
        return cells(con, kind, "id_no", "visit", "record_id")

    assert all(len(v) == 15 and v.isdigit() for v in of("id_15_digits"))
    assert all(v.endswith("x") for v in of("id_lower_x"))
    assert all(v[-1] in "Ｘｘ" for v in of("id_fullwidth_x"))
    assert all(" " in v for v in of("id_spaces"))
    assert all(
        len(v) == 18 and ric.calc_check_digit(v) != v[-1]
        for v in of("id_typo") + of("id_transposed")
    )
    assert all(v.endswith("000") for v in of("id_excel_zeros"))
    assert all(v is None for v in of("id_missing"))
    assert all(len(v) == 20 for v in of("id_disability_no"))
    number = cells(con, "id_excel", "身份证号码", "member", "家庭编号 || '|' || 序号")
    assert all(v.endswith("E+17") and v[1] == "." and len(v) == 11 for v in number)


def test_names_are_spoilt_as_named(con: duckdb.DuckDBPyConnection) -> None:
    def of(kind: str) -> list[str]:
        return cells(con, kind, "name", "visit", "record_id")

    assert all(len(v) >= 3 and v[-2] == "\u3000" for v in of("name_fullwidth_space"))
    assert all(" " in v for v in of("name_inner_space"))
    assert all(any(dot in v for dot in "•・‧．") for v in of("name_middle_dot"))
    assert all(any("\ue000" <= c <= "\uf8ff" for c in v) for v in of("name_rare_pua"))
    assert all("?" in v for v in of("name_rare_question"))


def test_dates_are_spoilt_as_named(con: duckdb.DuckDBPyConnection) -> None:
    births = [f"出生{i}" for i in range(1, 9)]
    ages = con.execute("select record_key, d.column from d where damage = 'date_age'").fetchall()
    assert ages and {column for _, column in ages} <= set(births)
    assert all(0 <= int(v) < 110 for v in cells(con, "date_age", "出生1", "card", "卡号"))
    assert all(
        v.replace("-", "").replace(".", "") == "19700101"
        for v in cells(con, "date_unknown", "birth_date", "visit", "record_id")
    )
    assert all(
        v.endswith("-00") for v in cells(con, "date_day_00", "birth_date", "visit", "record_id")
    )


@pytest.mark.parametrize(
    ("solar", "year", "month", "day"),
    [
        ("2024-02-10", 2024, 1, 1),
        ("2000-02-05", 2000, 1, 1),
        ("1985-09-29", 1985, 8, 15),
        ("1962-06-06", 1962, 5, 5),
    ],
)
def test_the_lunar_calendar_is_right_to_a_day(solar: str, year: int, month: int, day: int) -> None:
    found = lunar(np.array([np.datetime64(solar, "D").astype(int)]))
    assert (found[0][0], found[1][0]) == (year, month) or day < 2
    assert abs(int(found[2][0]) - day) <= 1 or int(found[2][0]) >= 29
