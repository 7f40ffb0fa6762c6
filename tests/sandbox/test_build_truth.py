"""The truth covers every mention and address, of the base and of every day, and nothing else."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from sandbox.build import build_county
from schemas import FEEDS

KEY = ("department", "feed", "record_key", "slot")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("truth") / "c"
    build_county(4000, 23, folder, days=8)
    return folder


def files(county: Path, file: str) -> list[Path]:
    return [county / f"{file}.parquet", *sorted((county / "days").glob(f"*/{file}.parquet"))]


def truth(county: Path, file: str) -> list[list[dict[str, object]]]:
    return [pq.read_table(path).to_pylist() for path in files(county / "truth", file)]


def named(county: Path, feed: str) -> dict[tuple[str, str], bool]:
    """(record key, slot) of every row ever delivered, and whether the slot's name is filled."""
    found: dict[tuple[str, str], bool] = {}
    for path in files(county, feed.replace(".", "/")):
        for row in pq.read_table(path).to_pylist():
            key = "|".join(str(row[k] or "") for k in FEEDS[feed].key)  # one part may be missing
            for slot in FEEDS[feed].mentions:
                sources = {c.name: c.source for c in FEEDS[feed].columns}
                found[key, slot.slot] = row[sources[slot.name]] is not None
    return found


@pytest.mark.parametrize("feed", sorted(f for f in FEEDS if FEEDS[f].mentions))
def test_every_name_in_a_slot_has_its_person(county: Path, feed: str) -> None:
    department, name = feed.split(".")
    known = {
        (row["record_key"], row["slot"]): row["person_id"]
        for day in truth(county, "mentions")
        for row in day
        if (row["department"], row["feed"]) == (department, name)
    }
    filled = {key for key, is_filled in named(county, feed).items() if is_filled}
    if (
        name != "foreign_resident"
    ):  # its Chinese name is often null, and the person is there all the same
        assert set(known) == filled
    assert filled <= set(known) and None not in known.values()


def test_a_mention_has_one_person_at_a_time_and_persons_exist(county: Path) -> None:
    persons: set[object] = set()
    mentions: dict[tuple[object, ...], object] = {}
    for people, day in zip(truth(county, "persons"), truth(county, "mentions"), strict=True):
        persons |= {row["person_id"] for row in people}
        for row in day:
            key = tuple(row[k] for k in KEY)
            if row.get("__op", "I") == "D":
                del mentions[key]
            else:
                assert key not in mentions and row["person_id"] in persons
                mentions[key] = row["person_id"]


def test_the_versions_of_one_ryid_are_one_person_and_two_ryids_are_two(county: Path) -> None:
    person_of: dict[object, object] = {}
    register = {}
    for path in files(county, "public_security/resident_register"):
        register |= {r["RYNBID"]: r["RYID"] for r in pq.read_table(path).to_pylist()}
    for day in truth(county, "mentions"):
        for row in (r for r in day if r["feed"] == "resident_register"):
            ryid = register[row["record_key"]]
            assert person_of.setdefault(ryid, row["person_id"]) == row["person_id"]
    assert len(set(person_of.values())) == len(person_of)


def test_a_room_level_address_names_a_dwelling_of_the_address_register(county: Path) -> None:
    dwellings = set(
        pq.read_table(county / "public_security/standard_address.parquet")["BZDZID"].to_pylist()
    )
    for day in truth(county, "addresses"):
        for row in day:
            assert (row["dwelling_id"] in dwellings) == (row["level"] == "room")
            assert row["dwelling_id"] in dwellings or row["dwelling_id"] is None


def test_every_damaged_cell_lies_in_a_known_row(county: Path) -> None:
    keys = {feed: {k for k, _ in named(county, feed)} for feed in FEEDS if FEEDS[feed].mentions}
    for day in truth(county, "damages"):
        for row in day:
            feed = f"{row['department']}.{row['feed']}"
            assert feed not in keys or row["record_key"] in keys[feed]
            assert not row["column"] or row["column"] in FEEDS[feed].sources


def test_everybody_has_a_household_row_and_living_households_are_homes(county: Path) -> None:
    con = duckdb.connect()
    con.execute(f"create view p as from '{county}/truth/persons.parquet'")
    con.execute(f"create view h as from '{county}/truth/households.parquet'")
    con.execute(f"create view a as from '{county}/public_security/standard_address.parquet'")
    assert con.execute("select count(*) from p anti join h using (person_id)").fetchall() == [(0,)]
    odd = """select count(*) from h join a on BZDZID = living_dwelling
             where living_household is not null
             and regexp_matches(XQMC, '宿舍$|福利院|敬老院|老年公寓')"""
    # a compound's own name never looks like a home for the elderly or a dormitory
    assert con.execute(odd).fetchall() == [(0,)]
    assert con.execute(
        "select count(*) from h join p using (person_id)"
        " where status = 'dead' and living_dwelling is not null"
    ).fetchall() == [(0,)]
    assert con.execute(
        "select count(*) from h join p using (person_id)"
        " where status = 'army' and registered_household is not null"
    ).fetchall() == [(0,)]


def test_later_days_change_persons_and_households(county: Path) -> None:
    for people, homes in list(
        zip(truth(county, "persons"), truth(county, "households"), strict=True)
    )[1:]:
        assert {row["__op"] for row in people} == {"I", "U"}
        assert {row["person_id"] for row in people} == {row["person_id"] for row in homes}
        assert any(row["death_date"] is not None for row in people if row["__op"] == "U")
