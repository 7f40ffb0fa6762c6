"""Every fault, seen from outside: what a client meets, at the same place every time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa
from hand_made import make_county
from plain_clients import Emergency, Start, city, city_rows, query, section

from foundation.errors import ConfigError
from sandbox.advance import advance
from sandbox.faults import KINDS, Faults
from sandbox.serve import Served, serve
from sandbox.state import State

CASES = "/api/v1/cases"
CHANGED = ("civil_affairs.cremation", "city_management.case", "community.wish")


Switch = Callable[..., Served]


@pytest.fixture(scope="module")
def on_air(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One HTTP server for all tests of its faults."""
    place = tmp_path_factory.mktemp("faults")
    county = make_county(place / "county", only=("city_management", "emergency"))
    with serve(county, state=place / "state", drop=place / "drop") as served:
        yield served


@pytest.fixture
def switch(on_air: Served) -> Iterator[Switch]:
    """Have these faults on, from now to the end of the test."""

    def switch(*texts: str) -> Served:
        State.load(on_air.state.folder).switch(Faults.parse(texts))
        return on_air

    yield switch
    switch()


def test_every_third_request_is_answered_503(switch: Switch) -> None:
    served = switch("http_5xx@city_management=3")
    answers = [city(served, CASES, page=1, pageSize=3).status_code for _ in range(6)]
    assert answers == [200, 200, 503, 200, 200, 503]
    assert [row["shopId"][-1] for row in city_rows(switch(), "/api/v1/shops", 9)] == list("1234567")


def test_every_second_request_is_told_to_wait(switch: Switch) -> None:
    served = switch("rate_limit=2")
    assert city(served, CASES).status_code == 200
    limited = city(served, CASES)
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "1")


def test_a_timed_out_request_is_never_answered(switch: Switch) -> None:
    client = Emergency(switch("timeout@emergency.shelter=1"))
    client.login()
    with pytest.raises(requests.ReadTimeout):
        requests.get(client.url + "/shelters", timeout=0.3)
    assert client.get("/hazard-sites").status_code == 200


def test_a_page_that_is_repeated_hides_another_while_the_total_tells(switch: Switch) -> None:
    served = switch("duplicate_page=2")
    rows = [row["caseId"] for row in city_rows(served, CASES, 2)]
    assert rows == [f"caseId{n:03d}" for n in (1, 2, 3, 4, 3, 4, 7)]
    assert city(served, CASES).json()["data"]["total"] == 7


def test_a_page_that_is_repeated_by_cursor_loses_nothing(switch: Switch) -> None:
    rows, _ = Emergency(switch("duplicate_page=2")).rows("/shelters", 2)
    assert [row["shelterId"][-1] for row in rows] == list("12343456567")


def test_a_row_slides_between_pages_and_another_comes_twice(switch: Switch) -> None:
    rows = city_rows(switch("sliding_page=2"), CASES, 2)
    assert [row["caseId"][-1] for row in rows] == list("1234677")


def test_a_token_expires_while_paging(switch: Switch) -> None:
    client = Emergency(switch("expired_token=2"))
    rows, _ = client.rows("/hazard-sites", 2)
    assert len(rows) == 7
    assert client.logins == 3


def test_an_old_cursor_is_gone_after_an_advance(start: Start) -> None:
    served = start("cursor_expired", only="emergency")
    client = Emergency(served)
    _, cursor = client.rows("/transfers", 3)
    assert client.get("/transfers", cursor=cursor).status_code == 200
    advance(served.state.county, served.state.folder)
    assert client.get("/transfers", cursor=cursor).status_code == 410


def test_late_rows_come_with_the_next_day_and_their_own_time(start: Start) -> None:
    served = start("late_rows@public_security.resident_register=1", only="public")
    statement = 'select "GXSJ" from "T_CZRK" where "RYNBID" = \'RYNBID008\''
    advance(served.state.county, served.state.folder)
    assert query(served, "public_security", statement) == []
    assert query(served, "public_security", 'select count(*) from "T_LDRK"') == [(7,)]
    advance(served.state.county, served.state.folder)
    assert str(query(served, "public_security", statement)[0][0]) == "2025-12-31 08:40:08"


def test_a_cut_snapshot_is_short_and_an_increment_is_not(start: Start) -> None:
    folder = Path(section(start("cut_snapshot=0.5", only="civil"), "civil_affairs")["url"])
    assert (folder / "elderly_allowance_20260101.csv.ok").read_text().startswith("rows=3\n")
    assert (folder / "cremation_20260101.csv.ok").read_text().startswith("rows=7\n")


def test_a_file_is_delivered_twice(start: Start) -> None:
    folder = Path(
        section(start("duplicate_page@civil_affairs.cremation", only="civil"), "civil_affairs")[
            "url"
        ]
    )
    first, second = sorted(folder.glob("cremation_*.csv"))
    assert second.name == "cremation_20260101_02.csv"
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("how", "columns"),
    [
        ("added", ["火化证号", "姓名", "new_column"]),
        ("missing", ["火化证号", "身份证号码"]),
        ("renamed", ["火化证号", "姓名_new"]),
        ("retyped", ["火化证号", "姓名"]),
    ],
)
def test_a_column_changes_on_every_transport(start: Start, how: str, columns: list[str]) -> None:
    served = start(f"changed_column={how}", only=CHANGED)
    path = Path(section(served, "civil_affairs")["url"]) / "cremation_20260101.csv"
    header, first = path.read_text("gb18030").splitlines()[:2]
    assert set(columns) <= set(header.split(","))
    assert ("姓名" in header.split(",")) == (how in ("added", "retyped"))
    case = city_rows(served, CASES, 10)[0]
    assert ("taskNo" in case) == (how in ("added", "retyped"))
    options = query(served, "community", "select * from wish")
    assert len(options) == 7
    if how == "retyped":
        assert first.split(",")[1] == "5"
        assert case["taskNo"] == 9


def test_a_database_that_is_down_refuses_connections(start: Start) -> None:
    served = start("database_down@community", only=("public", "community"))
    with pytest.raises(sa.exc.OperationalError, match="refused"):
        query(served, "community", "select 1")
    assert query(served, "public_security", "select 1") == [(1,)]


def test_a_wrong_secret_is_refused_by_http(start: Start) -> None:
    served = start("wrong_secret", only=("city_management", "emergency"))
    assert city(served, CASES).status_code == 401
    assert Emergency(served).login().status_code == 401


def test_a_wrong_secret_is_refused_by_mariadb(start: Start, mariadb_url: str) -> None:
    served = start("wrong_secret@community", only="community", mariadb_url=mariadb_url)
    with pytest.raises(sa.exc.OperationalError, match="Access denied"):
        query(served, "community", "select 1")


def test_faults_are_switched_off_by_serving_again_without_them(start: Start) -> None:
    start("http_5xx=1", only="city_management").stop()
    assert city(start(), CASES).status_code == 200


def test_faults_can_be_switched_on_with_an_advance(start: Start) -> None:
    served = start(only="city_management")
    advance(served.state.county, served.state.folder, Faults.parse(["http_5xx=1"]))
    assert city(served, CASES).status_code == 503


def test_the_nearest_fault_counts() -> None:
    faults = Faults.parse(["http_5xx=3", "http_5xx@emergency.shelter=2", "http_5xx@emergency=9"])
    for place, every in (("city_management.case", 3), ("emergency.shelter", 2)):
        fault = faults.at("http_5xx", place)
        assert fault is not None
        assert fault.every == every


@pytest.mark.parametrize(
    "text", ["nonsense", "http_5xx=0", "http_5xx=x", "cut_snapshot=2", "changed_column=odd"]
)
def test_a_fault_that_does_not_exist_is_refused_with_those_that_do(text: str) -> None:
    with pytest.raises(ConfigError):
        Faults.parse([text])


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_survives_being_written_down(kind: str) -> None:
    faults = Faults.parse([kind, f"{kind}@emergency"])
    assert Faults.parse(faults.texts()) == faults
