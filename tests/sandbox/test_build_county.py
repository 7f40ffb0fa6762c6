"""The county folder keeps the contract of the feeds: columns, types, keys, days, the same bytes for
the same seed.
"""

from __future__ import annotations

import filecmp
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stdnum.cn import ric

from foundation.errors import ConfigError
from sandbox.build import CountySummary, build_county
from sandbox.dirt import TRAITS
from schemas import FEEDS

NUMBERS = {
    "JD": "double",
    "WD": "double",
    "LC": "int32",
    "ZLC": "int32",
    "DJRS": "int32",
    "confidence": "double",
    "threatenedAssets": "double",
    "satisfaction": "int32",
    "seq": "int32",
    "radiusM": "int32",
    "threatenedPeople": "int32",
    "capacity": "int32",
    "occupied": "int32",
    "peopleMoved": "int32",
    "rating": "int32",
    "photos": "int32",
    "meetings": "int32",
    "is_deleted": "int32",
    "parties": "list<item: string>",
    "geocodes": "list<item: string>",
}


@dataclass
class Built:
    folder: Path
    summary: CountySummary

    def base(self, feed: str) -> pa.Table:
        return pq.read_table(self.folder / f"{feed.replace('.', '/')}.parquet")

    def days(self, feed: str) -> list[pa.Table]:
        paths = sorted((self.folder / "days").glob(f"*/{feed.replace('.', '/')}.parquet"))
        return [pq.read_table(path) for path in paths]

    def sql(self, query: str, **feeds: str) -> list[tuple[object, ...]]:
        con = duckdb.connect()
        for name, path in feeds.items():
            con.execute(f"create view {name} as from read_parquet('{self.folder / path}')")
        return con.execute(query).fetchall()


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("county") / "c"
    return Built(folder, build_county(6000, 11, folder))


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("clean") / "c"
    return Built(folder, build_county(1500, 5, folder, days=2, damage=0))


def expected_type(feed: str, column: str) -> str:
    if (
        FEEDS[feed].department == "emergency"
        and FEEDS[feed].name == "hazard_site"
        and column in ("lon", "lat")
    ):
        return "string"
    if column in ("lon", "lat"):
        return "double"
    if column == "GXSJ" or (feed.startswith("community.") and column.endswith("_at")):
        return "timestamp[us]"
    return NUMBERS.get(column, "string")


@pytest.mark.parametrize("feed", sorted(FEEDS))
def test_a_feed_has_the_declared_columns_and_types(county: Built, feed: str) -> None:
    table = county.base(feed)
    assert table.column_names == list(FEEDS[feed].sources)
    for field in table.schema:
        kind = str(field.type).replace("element", "item")
        assert kind == expected_type(feed, field.name), (field.name, kind)
    assert table.num_rows


@pytest.mark.parametrize("feed", sorted(FEEDS))
def test_nothing_is_an_empty_string_where_null_is_meant(county: Built, feed: str) -> None:
    for table in [county.base(feed), *county.days(feed)]:
        for name in table.column_names:
            if table.schema.field(name).type == pa.string():
                assert not pa.compute.any(pa.compute.equal(table[name], "")).as_py(), (feed, name)


@pytest.mark.parametrize("feed", sorted(FEEDS))
def test_days_insert_unknown_keys_update_known_ones_and_delete_the_last_row(
    county: Built, feed: str
) -> None:
    key = FEEDS[feed].key
    rows = {tuple(row[k] for k in key): row for row in county.base(feed).to_pylist()}
    assert len(rows) == county.base(feed).num_rows
    for table in county.days(feed):
        seen = set()
        for row in table.to_pylist():
            op = row.pop("__op")
            at = tuple(row[k] for k in key)
            assert None not in at and at not in seen
            seen.add(at)
            assert (at in rows) == (op in "UD")
            if op == "D":
                assert rows.pop(at) == row
            else:
                assert op == "I" or rows[at] != row
                rows[at] = row


def test_some_rows_of_the_fast_feeds_change_every_day(county: Built) -> None:
    for feed in ("public_security.resident_register", "city_management.case", "community.request"):
        assert len(county.days(feed)) == 10
    total = sum(county.summary.rows.values())
    assert 0.003 < sum(county.summary.day_rows.values()) / 10 / total < 0.02


def test_snapshots_change_on_the_first_of_the_month_only(county: Built) -> None:
    for name in (
        "assistance_member",
        "disability_certificate",
        "elderly_allowance",
        "left_behind_child",
    ):
        paths = (county.folder / "days").glob(f"*/civil_affairs/{name}.parquet")
        assert {path.parts[-3] for path in paths} <= {"2026-07-01"}
        assert name == "elderly_allowance" or len(county.days(f"civil_affairs.{name}")) == 1
    payments = (county.folder / "days").glob("*/civil_affairs/assistance_payment.parquet")
    assert [path.parts[-3] for path in payments] == ["2026-07-08"]


def test_a_new_version_of_a_resident_closes_the_old_one(county: Built) -> None:
    day = county.days("public_security.resident_register")[1].to_pylist()
    closed = {row["RYID"]: row for row in day if row["__op"] == "U"}
    new = {row["RYID"]: row for row in day if row["__op"] == "I"}
    assert closed and set(closed) <= set(new)
    for person, row in closed.items():
        assert row["JLBZ"] == "0" and new[person]["JLBZ"] == "1"
        assert row["QYSJ"] <= row["JSSJ"]
        assert row["JSSJ"] == new[person]["QYSJ"] or new[person]["QYSJ"] == row["QYSJ"]


def test_everybody_has_one_current_version_after_every_day(county: Built) -> None:
    rows = {r["RYNBID"]: r for r in county.base("public_security.resident_register").to_pylist()}
    for table in [None, *county.days("public_security.resident_register")]:
        rows |= {r["RYNBID"]: r for r in table.to_pylist()} if table else {}
        current = [r["RYID"] for r in rows.values() if r["JLBZ"] == "1" and r["CXBZ"] == "0"]
        assert len(set(current)) == len(current) == len({r["RYID"] for r in rows.values()})


def test_an_allowance_never_ends_before_it_starts(county: Built) -> None:
    for table in [
        county.base("civil_affairs.elderly_allowance"),
        *county.days("civil_affairs.elderly_allowance"),
    ]:
        rows = table.to_pylist()
        assert rows
        assert not [r for r in rows if r["停发年月"] and r["停发年月"] < r["起发年月"]]


def test_nobody_marries_or_divorces_under_age(clean: Built) -> None:
    young = """select count(*), count(*) filter (
                   age(day, strptime(him[7:14], '%Y%m%d')) < interval 22 year
                   or age(day, strptime(her[7:14], '%Y%m%d')) < interval 20 year)
               from (select 登记日期::timestamp as day, 男方身份证号 as him,
                            女方身份证号 as her from m)
               where him is not null and her is not null"""
    [(couples, too_young)] = clean.sql(young, m="civil_affairs/marriage_registration.parquet")
    assert couples and not too_young


def test_a_clean_county_names_nobody_by_a_name_alone(clean: Built) -> None:
    unknown = """select count(*) filter (phone is null and id_no is null), count(*) from w"""
    [(nameless, wishes)] = clean.sql(unknown, w="community/wish.parquet")
    assert wishes and not nameless
    of_spouses = """select count(*) filter (person_id not in (select person_id from m
                        where feed = 'resident_visit')), count(*)
                    from p join h using (person_id)
                    where kind = 'married_in' and living_dwelling is not null"""
    truth = {name[0]: f"truth/{name}.parquet" for name in ("persons", "households", "mentions")}
    [(unseen, spouses)] = clean.sql(of_spouses, **truth)
    assert spouses and not unseen


def test_a_clean_county_expects_no_foreigner_to_be_gone_and_knows_their_names(
    clean: Built,
) -> None:
    rows = clean.base("public_security.foreign_resident").to_pylist()
    today = f"{clean.summary.as_of:%Y%m%d}"
    assert rows and all(row["ZWXM"] for row in rows)
    assert not [row for row in rows if row["NLKRQ"] and row["NLKRQ"] < today]


def test_a_day_delivers_nothing_of_the_future_but_for_skewed_clocks(county: Built) -> None:
    late, skew = 0, 0
    for path in sorted((county.folder / "days").glob("*/*/*.parquet")):
        feed = FEEDS[f"{path.parts[-2]}.{path.stem}"]
        if feed.cursor is None:
            continue
        moments = (
            pq.read_table(path, columns=[feed.cursor])[feed.cursor].cast(pa.string()).to_pylist()
        )
        late += sum(m[:10] < path.parts[-3] for m in moments)
        skew += sum(m[:10] > path.parts[-3] for m in moments)
    assert late > skew >= 0 and late > 20


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        build_county(600, seed, tmp_path / name, days=3)
    same = list(differences(tmp_path / "a", tmp_path / "b"))
    assert not same
    assert len(list(differences(tmp_path / "a", tmp_path / "c"))) > 20


def differences(one: Path, other: Path) -> Iterator[str]:
    files = {p.relative_to(one) for p in one.rglob("*") if p.is_file()}
    others = {p.relative_to(other) for p in other.rglob("*") if p.is_file()}
    yield from map(str, files ^ others)
    yield from (
        str(f) for f in files & others if not filecmp.cmp(one / f, other / f, shallow=False)
    )


def test_a_clean_county_has_valid_numbers_only_and_no_damage(clean: Built) -> None:
    numbers = clean.sql(
        """select GMSFHM from r where GMSFHM is not null union all select 身份证号码 from m
           union all select left(残疾人证号, 18) from d union all select id_no from v where
           length(id_no) = 18""",
        r="public_security/resident_register.parquet",
        m="civil_affairs/assistance_member.parquet",
        d="civil_affairs/disability_certificate.parquet",
        v="community/resident_visit.parquet",
    )
    assert len(numbers) > 2000
    for (number,) in numbers:
        assert ric.calc_check_digit(number) == number[17]
    traits = str(("name_former", *TRAITS))
    found = clean.sql(
        f"select distinct damage from d where damage not in {traits}", d="truth/damages.parquet"
    )
    assert found == []


def test_registered_numbers_are_distinct_where_nobody_shares_one(clean: Built) -> None:
    twice = clean.sql(
        "select id_no from p where id_no is not null group by 1 having count(*) > 1",
        p="truth/persons.parquet",
    )
    assert twice == []


def test_places_scale_with_the_county(tmp_path: Path) -> None:
    build_county(20_000, 1, tmp_path / "c", days=0)
    counts = dict(
        duckdb.sql(
            f"select kind, count(*) from '{tmp_path}/c/community/division.parquet' group by 1"
        ).fetchall()
    )
    assert (counts["town"], counts["community"], counts["grid"], counts["compound"]) == (
        24,
        24,
        146,
        213,
    )


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="not empty"):
        build_county(500, 1, tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_too_few_residents_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="too small"):
        build_county(10, 1, tmp_path / "c")


def test_any_day_can_be_the_first(tmp_path: Path) -> None:
    summary = build_county(400, 1, tmp_path / "c", days=3, as_of=date(2026, 3, 14))
    assert summary.days == (date(2026, 3, 15), date(2026, 3, 16), date(2026, 3, 17))
