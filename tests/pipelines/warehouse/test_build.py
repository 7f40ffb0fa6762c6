"""What the warehouse step makes of a few people, and that it writes only what differs."""

import re
import shutil
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from looking import looking
from warehouse_county import (
    COMMUNITY,
    GRID,
    County,
    add_person,
    add_visit,
    at,
    hub_in,
    small_county,
)

from foundation.engine import attach, stream
from foundation.errors import WarehouseError
from pipelines.hub import Hub
from pipelines.warehouse.run import CHANGE_TABLE, build
from schemas.warehouse import HISTORY


@pytest.fixture
def county() -> County:
    return small_county()


@pytest.fixture
def hub(tmp_path: Path, county: County) -> Hub:
    hub = hub_in(tmp_path)
    county.write(hub.lake)
    return hub


@pytest.fixture
def night(built: Path) -> Hub:
    """A hub after the small county's first night, to look at."""
    return hub_in(built)


@pytest.fixture
def later(tmp_path: Path, built: Path) -> Hub:
    """A hub after the small county's first night, to go on with."""
    return hub_in(Path(shutil.copytree(built, tmp_path / "later")))


def rows(hub: Hub, sql: str) -> list[dict[str, Any]]:
    """Rows of a query over the warehouse's tables."""
    names = re.findall(r"warehouse\.\w+", sql)
    with looking() as con:
        attach(con, hub.lake, names)
        found: list[dict[str, Any]] = stream(con, sql).read_all().to_pylist()
    return found


def contents(hub: Hub, tables: Iterable[str]) -> dict[str, Any]:
    """Every row of these tables, in order."""
    sql = "select * from warehouse.{} order by all"
    with looking() as con:
        attach(con, hub.lake, [f"warehouse.{name}" for name in tables])
        return {name: stream(con, sql.format(name)).read_all().to_pylist() for name in tables}


def one(hub: Hub, sql: str) -> dict[str, Any]:
    [row] = rows(hub, sql)
    return row


def test_golden_values_go_by_trust_then_recency_and_losers_stay_visible(night: Hub) -> None:
    resident = one(night, "select * from warehouse.resident where resident_id = 'r-zhang'")
    assert resident["name"] == "张伟"  # the register is believed before the visitor
    assert resident["phone"] == "13700000009"  # the visitor knows the phone
    assert resident["id_no_masked"] == "362132************"
    assert resident["phone_masked"] == "137********"
    assert (resident["person_type"], resident["is_dead"]) == ("01", False)
    assert resident["departments"] == ["civil_affairs", "community", "public_security"]
    lost = one(night, "select * from warehouse.resident_value where value = '张玮'")
    assert (lost["is_golden"], lost["department"], lost["feed"]) == (
        False,
        "community",
        "resident_visit",
    )
    names = rows(
        night, "select name, name_kind from warehouse.resident_name where resident_id = 'r-zhang'"
    )
    assert {(row["name"], row["name_kind"]) for row in names} == {
        ("张伟", "golden"),
        ("张玮", "other"),
    }


def test_a_closed_version_of_the_register_loses_to_what_stands(hub: Hub, county: County) -> None:
    key = county.row(
        "public_security.resident_register",
        version_id="v-old",
        person_no="p-r-zhang",
        is_current=False,
        is_reversed=False,
        person_status="0",
        valid_from_at=at("2000-01-01T00:00:00"),
        valid_to_at=at("2015-01-01T00:00:00"),
        updated_at=at("2026-03-01T00:00:00"),
    )
    county.mention("public_security.resident_register", key, "r-zhang", name="张伟旧")
    county.place("public_security.resident_register", key, "d-far")
    county.write(hub.lake)
    build(hub)
    assert (
        one(hub, "select name from warehouse.resident where resident_id = 'r-zhang'")["name"]
        == "张伟"
    )
    left = one(
        hub,
        "select * from warehouse.residency where dwelling_id = 'd-far' and resident_id = 'r-zhang'",
    )
    assert (left["valid_to"], left["is_current"]) == (date(2015, 1, 1), False)


def test_a_person_is_found_in_every_role(night: Hub) -> None:
    found = rows(
        night,
        """select dwelling_id, residency_role, feed from warehouse.residency
        where resident_id = 'r-zhang' and is_current""",
    )
    assert {tuple(row.values()) for row in found} == {
        ("d-high", "registers", "resident_register"),
        ("d-high", "lives", "resident_register"),
        ("d-high", "lives", "resident_visit"),
        ("d-low", "owns", "rental_housing"),
    }


def test_a_merged_address_counts_as_what_it_was_merged_into(hub: Hub, county: County) -> None:
    county.row(
        "public_security.standard_address",
        standard_address_id="d-old",
        address_status="2",
        merged_into_id="d-low",
        grid_code=GRID,
    )
    add_person(county, "r-wang", name="王芳", birth=date(1990, 1, 1), dwelling="d-old")
    county.write(hub.lake)
    build(hub)
    home = one(
        hub, "select living_dwelling_id from warehouse.resident where resident_id = 'r-wang'"
    )
    assert home["living_dwelling_id"] == "d-low"


def test_the_dead_who_are_paid_and_met_are_discrepancies(hub: Hub, county: County) -> None:
    add_visit(county, "visit-2", "r-li", "d-low", name="李娜", sex="1")
    county.write(hub.lake)
    build(hub)
    found = rows(hub, "select discrepancy_kind, feed, other_feed from warehouse.discrepancy")
    kinds = {(row["discrepancy_kind"], row["other_feed"]) for row in found}
    assert kinds == {
        ("dead_and_paid", "civil_affairs.assistance_payment"),
        ("dead_and_active", "community.resident_visit"),
        ("sex", "community.resident_visit"),
    }


def test_coordinates_in_degrees_minutes_and_seconds_expose_who_lives_near(night: Hub) -> None:
    site = one(night, "select * from warehouse.hazard_site")
    assert site["longitude_deg"] == pytest.approx(115.4)
    assert site["latitude_deg"] == pytest.approx(25.951)
    exposed = one(night, "select * from warehouse.hazard_exposure")
    assert (exposed["resident_id"], exposed["basis"]) == ("r-zhang", "radius")
    assert exposed["distance_m"] == pytest.approx(111, abs=1)


def test_cases_and_requests_are_tickets_of_one_model(night: Hub) -> None:
    tickets = {row["ticket_id"]: row for row in rows(night, "select * from warehouse.ticket")}
    case, request = tickets["city_management|C1"], tickets["community|Q1"]
    assert (case["return_count"], case["reopen_count"], case["is_open"]) == (1, 0, True)
    assert (request["reporter_resident_id"], request["community_code"]) == ("r-zhang", COMMUNITY)
    assert one(night, "select * from warehouse.ticket_link") == {
        "ticket_id": "community|Q1",
        "linked_ticket_id": "city_management|C1",
        "link_kind": "passed_on",
    }
    steps = rows(night, "select step from warehouse.ticket_step where ticket_id = 'community|Q1'")
    assert {row["step"] for row in steps} == {"report", "accept"}


def test_a_warning_knows_what_replaced_it(night: Hub) -> None:
    found = rows(night, "select warning_id, replaced_by_id from warehouse.warning")
    assert {row["warning_id"]: row["replaced_by_id"] for row in found} == {"A1": "A2", "A2": None}


def test_tags_are_parted_and_lists_are_tags(night: Hub) -> None:
    tags = rows(night, "select tag from warehouse.resident_tag where resident_id = 'r-zhang'")
    assert {row["tag"] for row in tags} == {"独居老人", "党员", "持证残疾人"}


def test_a_second_build_of_the_same_writes_nothing(hub: Hub) -> None:
    first = build(hub)
    versions = {table.full_name: table.version for table in hub.lake.tables("warehouse")}
    again = build(hub)
    assert again.build == first.build
    assert all(table.skipped for table in again.tables.values())
    assert {t.full_name: t.version for t in hub.lake.tables("warehouse")} == versions


def test_without_its_cache_a_build_finds_everything_the_same(later: Hub) -> None:
    versions = {table.full_name: table.version for table in later.lake.tables("warehouse")}
    (later.lake.root / "warehouse_inputs.json").unlink()
    again = build(later)
    assert not any(table.skipped or table.touched for table in again.tables.values())
    assert {t.full_name: t.version for t in later.lake.tables("warehouse")} == versions


def test_only_what_differs_is_counted_and_recorded(hub: Hub, county: County) -> None:
    first = build(hub)
    county.rows["conformed.community_wish"][0]["wish_status"] = "claimed"
    county.write(hub.lake, "conformed.community_wish")
    second = build(hub)
    touched = {name: table.touched for name, table in second.tables.items() if table.touched}
    assert touched == {"wish": 1, "grid_summary": 1}  # where it is no longer open
    # a wish is evidence of a name and a phone as well: people are looked at again, and the same
    assert second.tables["dwelling"].skipped and not second.tables["resident"].skipped
    changes = rows(hub, f'select "table", op, key from {CHANGE_TABLE} where build > {first.build}')
    assert {"table": "wish", "op": "U", "key": ["W1"]} in changes


def test_texts_that_hash_alike_differ(hub: Hub, county: County) -> None:
    """DuckDB's hash() gives both one number: the change would never be published."""
    wish = county.rows["conformed.community_wish"][0]
    for place in ("贡江镇楚雄雅苑一期1幢802室", "贡江镇楚雄雅苑三期1幢702室"):
        wish["content"] = place
        county.write(hub.lake, "conformed.community_wish")
        build(hub)
        assert one(hub, "select content from warehouse.wish where wish_no = 'W1'") == {
            "content": place
        }


def test_any_sequence_of_nights_equals_a_rebuild(
    tmp_path: Path, later: Hub, county: County
) -> None:
    add_visit(county, "visit-2", "r-li", "d-far", name="李娜")
    county.write(later.lake)
    build(later)
    del county.rows["conformed.city_management_case_step"][1]
    add_person(county, "r-wang", name="王芳", birth=date(1990, 1, 1), dwelling="d-low")
    county.write(later.lake)
    build(later)
    anew = hub_in(tmp_path / "anew")
    county.write(anew.lake)
    report = build(anew)
    made = report.tables.keys() - {ledger.name for ledger in HISTORY.values()}
    assert contents(later, made) == contents(anew, made)


def test_a_key_that_comes_twice_stops_the_build_and_names_no_one(
    later: Hub, county: County
) -> None:
    county.rows["identity.household_member"] *= 2
    county.write(later.lake, "identity.household_member")
    with pytest.raises(
        WarehouseError, match=r"warehouse\.household_member.*keeps its last state"
    ) as caught:
        build(later)
    assert "r-zhang" not in str(caught.value)
    assert len(rows(later, "select * from warehouse.household_member")) == 1


def test_a_county_that_delivers_nothing_has_an_empty_warehouse(tmp_path: Path) -> None:
    report = build(hub_in(tmp_path))
    assert {table.rows for table in report.tables.values()} == {0}
