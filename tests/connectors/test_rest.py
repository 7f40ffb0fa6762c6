"""The rest connector against a department on loopback."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connectors import Connector, FeedSpec, Pull, make
from connectors.foreseen import Foreseen
from foundation.errors import (
    ConfigError,
    SourceChanged,
    SourceDenied,
    SourceError,
    SourceInvalid,
    SourceUnreachable,
)
from tests.connectors.reading import aside, batches, rows
from tests.connectors.server import KEY_ID, SECRET, Department, answer, running

COLUMNS = ("id", "name", "updatedAt")
FEED = FeedSpec("city_management", "case", "/numbered")
SHARED = [HealthCheck.function_scoped_fixture]
PHASES = (Phase.explicit, Phase.generate)  # each example costs requests: no shrinking
START = dt.datetime(2026, 1, 1)


@pytest.fixture(scope="module")
def server() -> Iterator[Department]:
    with running(Department()) as department:
        yield department


@pytest.fixture
def department(server: Department) -> Department:
    url = server.url
    server.__init__()  # type: ignore[misc]  # as new, on the same port
    server.url = url
    return server


def at(hour: int) -> str:
    return (START + dt.timedelta(hours=hour)).isoformat()


def made(count: int, first: int = 0, ties: int = 1) -> list[dict[str, Any]]:
    return [
        {"id": f"{i:05}", "name": f"案{i}", "updatedAt": at(i // ties)}
        for i in range(first, first + count)
    ]


def numbered(department: Department, **options: Any) -> Connector:
    signed = {"kind": "hmac", "key_id": KEY_ID, "secret": SECRET}
    given = {"base_url": department.url, "auth": signed, "page_size": 10, "timeout_s": 5}
    return make("rest", given | options, FEED)


def chained(department: Department, **options: Any) -> Connector:
    client = {"kind": "oauth2", "client_id": KEY_ID, "client_secret": SECRET}
    given = {"base_url": department.url, "auth": client, "paging": "cursor", "page_size": 10}
    return make("rest", given | options, FeedSpec("emergency", "hazard_site", "/chained"))


def pull(**changes: Any) -> Pull:
    return Pull(**{"columns": COLUMNS, "key": ("id",), "cursor_column": "updatedAt", **changes})


def ids(found: list[Any]) -> list[str]:
    return [row["id"] for row in rows(found)]


@pytest.mark.parametrize("ties", [1, 3, 25, 100])
@pytest.mark.parametrize("count", [0, 1, 10, 30, 64])
def test_every_row_comes_once(department: Department, count: int, ties: int) -> None:
    department.rows = made(count, ties=ties)
    found = batches(numbered(department), pull())
    assert sorted(ids(found)) == [f"{i:05}" for i in range(count)]


def test_the_next_pull_starts_at_the_cursor_less_the_look_back(department: Department) -> None:
    department.rows = made(20)
    cursor = batches(numbered(department), pull())[-1].cursor
    department.rows += made(3, first=20)
    again = batches(numbered(department), pull(since=cursor))
    assert ids(again) == ["00019", "00020", "00021", "00022"]
    back = pull(since=cursor, lookback=dt.timedelta(hours=2))
    assert ids(batches(numbered(department), back))[0] == "00017"


def test_nothing_new_keeps_the_cursor_in_one_request(department: Department) -> None:
    department.rows = made(20)
    cursor = batches(numbered(department), pull())[-1].cursor
    department.requests.clear()
    assert batches(numbered(department), pull(since=cursor))[-1].cursor == cursor
    assert len(department.requests) == 1


@pytest.mark.parametrize("ties", [1, 25, 100])
@pytest.mark.parametrize("paging", ["page", "cursor"])
def test_what_follows_a_page_is_asked_for_ahead_but_not_more_often(
    department: Department, monkeypatch: pytest.MonkeyPatch, paging: str, ties: int
) -> None:
    department.rows = made(64, ties=ties)
    source = numbered(department) if paging == "page" else chained(department)
    guesses: list[Any] = []

    def noted(self: Foreseen[Any, Any], request: Any) -> None:
        guesses.append(request)
        start(self, request)

    start = Foreseen.start
    monkeypatch.setattr(Foreseen, "start", lambda self, request: None)
    assert len(set(ids(batches(source, pull())))) == 64
    one_by_one, department.requests = department.requests, []
    monkeypatch.setattr(Foreseen, "start", noted)
    assert len(set(ids(batches(source, pull())))) == 64
    if paging == "page":
        assert department.requests == one_by_one
    assert len(department.requests) == len(one_by_one)
    assert len(guesses) >= len(one_by_one) - 3  # all but the first of each reading


def test_who_pages_otherwise_than_foreseen_is_asked_in_vain_once(
    department: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    department.rows = made(64)
    for early, row in enumerate(department.rows[9::10]):  # each page's last row is not its latest
        row["updatedAt"] = at(early)
    monkeypatch.setattr(department, "sorted", lambda: list(department.rows))
    assert len(set(ids(batches(numbered(department), pull())))) == 64
    assert len(department.requests) == 7 + 1


@pytest.mark.parametrize("fault", ["repeat", "slide"])
def test_repeated_and_sliding_pages_of_rows_with_one_time_lose_nothing(
    department: Department, fault: str
) -> None:
    department.rows = made(64, ties=64)
    setattr(department, fault, frozenset(range(2, 200, 2)))
    assert set(ids(batches(numbered(department), pull()))) == {f"{i:05}" for i in range(64)}


def test_a_row_that_moves_while_pages_are_read_hides_no_other(department: Department) -> None:
    department.rows = made(64, ties=64)

    def move(number: int, query: dict[str, str]) -> None:
        if 1 < number < 5:  # a row that was shown already moves to the end
            department.rows[number]["updatedAt"] = "2026-09-01T00:00:00"

    department.before = move
    assert set(ids(batches(numbered(department), pull()))) == {f"{i:05}" for i in range(64)}


def test_rows_that_do_not_come_are_an_error_with_both_numbers(department: Department) -> None:
    first, none = {"total": 12, "list": made(10)}, {"total": 1, "list": []}

    def short(number: int, query: dict[str, str]) -> Any:
        return answer({"code": 0, "data": none if "updatedSince" in query else first})

    department.before = short
    with pytest.raises(SourceInvalid, match="10 of 12 rows"):
        batches(numbered(department), pull())


def test_a_key_that_comes_twice_is_delivered_twice(department: Department) -> None:
    department.rows = [*made(12), {**made(1)[0], "name": "again"}]
    assert len(rows(batches(numbered(department), pull()))) >= 13


def test_errors_of_the_server_and_rate_limits_are_waited_out(department: Department) -> None:
    department.rows = made(15)
    faults = itertools.cycle([answer("", 503), answer("", 429, **{"Retry-After": "0"}), None])
    department.before = lambda number, query: next(faults)
    assert len(rows(batches(numbered(department), pull()))) == 15


def test_a_body_cut_short_is_asked_for_again(department: Department) -> None:
    department.rows = made(5)
    department.before = lambda number, query: answer('{"code": 0, "da') if number == 1 else None
    assert len(rows(batches(numbered(department), pull()))) == 5


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('{"code": 0, "data": {"total"', SourceInvalid),
        ("<html>张三 362132199001011234</html>", SourceInvalid),
        ({"code": 7, "message": "张三 362132199001011234"}, SourceInvalid),
        ({"code": 0, "data": None}, SourceChanged),
        ({"code": 0, "data": {"total": 1, "list": {"id": "张三"}}}, SourceChanged),
        ({"code": 0, "data": {"total": 1, "list": [{"id": "362132199001011234"}]}}, SourceChanged),
        ([], SourceChanged),
    ],
)
def test_answers_of_another_shape_are_refused_without_their_values(
    department: Department, body: Any, error: type[SourceError]
) -> None:
    department.before = lambda number, query: answer(body)
    with pytest.raises(error) as caught:
        batches(numbered(department), pull())
    assert "city_management.case" in str(caught.value)
    assert "3621" not in str(caught.value) and "张三" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, SourceDenied),
        (404, SourceChanged),
        (302, SourceChanged),
        (400, SourceInvalid),
        (500, SourceUnreachable),
    ],
)
def test_refusals_are_told_apart(
    department: Department, status: int, error: type[SourceError]
) -> None:
    department.before = lambda number, query: answer("", status)
    source = numbered(department, retries=1)
    for ask in (source.check, lambda: batches(source, pull())):
        with pytest.raises(error, match=f"HTTP {status}"):
            ask()


def test_a_clock_that_is_wrong_is_set_by_the_servers(department: Department) -> None:
    department.rows = made(3)
    department.skew_s = 7200
    assert len(rows(batches(numbered(department), pull()))) == 3


def test_values_keep_their_spelling(department: Department) -> None:
    text = (
        '{"id": "1", "updatedAt": "2026-01-01T00:00:00", "name": "a\\ud800b", "lon": 115.4091700,'
        ' "big": 12345678901234567890, "exp": 1E5, "yes": true, "no": false,'
        ' "none": null, "list": ["甲", 1.50, true],'
        ' "map": {"键": [1]}}'
    )
    body = '{"code":0,"data":{"total":1,"list":[' + text + "]}}"
    department.before = lambda number, query: answer(body)
    (row,) = rows(batches(numbered(department), pull()))
    assert row == {
        "id": "1",
        "updatedAt": "2026-01-01T00:00:00",
        "name": "a\\ud800b",
        "lon": "115.4091700",
        "big": "12345678901234567890",
        "exp": "1E5",
        "yes": "1",
        "no": "0",
        "none": None,
        "list": '["甲",1.50,true]',
        "map": '{"键":[1]}',
    }


def test_items_that_are_no_rows_and_rows_with_a_nul_are_set_apart(department: Department) -> None:
    body = [*made(2), "no row", {**made(1, first=2)[0], "name": "a\0b"}]
    data = {"total": 4, "list": body}
    department.before = lambda number, query: answer({"code": 0, "data": data})
    found = batches(numbered(department), pull())
    assert ids(found) == ["00000", "00001"]
    assert aside(found)[0].raw == '"no row"'
    assert [one.place for one in aside(found)] == ["page 1 item 3", "row 3"]
    assert "NUL" in aside(found)[1].reason


def test_a_renamed_column_that_may_be_missing_is_null(department: Department) -> None:
    department.rows = [{"title": row.pop("name"), **row} for row in made(3)]
    found = rows(batches(numbered(department), pull(required=())))
    assert found[0]["name"] is None and found[0]["title"] == "案0"


def test_a_chain_resumes_where_it_ended(department: Department) -> None:
    department.rows = made(25)
    first = batches(chained(department), pull())
    assert ids(first) == [f"{i:05}" for i in range(25)]
    department.rows += made(2, first=25)
    assert ids(batches(chained(department), pull(since=first[-1].cursor))) == ["00025", "00026"]


def test_a_chain_with_a_look_back_finds_late_rows(department: Department) -> None:
    department.rows = made(60)
    window = dt.timedelta(hours=15)
    cursor = batches(chained(department), pull(lookback=window))[-1].cursor
    department.rows.append({"id": "late", "name": None, "updatedAt": "2026-01-03T00:30:00"})
    again = batches(chained(department), pull(since=cursor, lookback=window))
    assert "late" in ids(again) and len(ids(again)) < 40
    assert batches(chained(department), pull(since=again[-1].cursor, lookback=window))


def test_links_are_followed_but_not_to_another_server(department: Department) -> None:
    department.rows = made(7)
    options = {
        "base_url": department.url,
        "paging": {"style": "link", "since": "since"},
        "envelope": {"list": ""},
        "auth": {"kind": "api_key", "api_key": SECRET},
        "page_size": 2,
    }
    source = make("rest", options, FeedSpec("a", "b", "/linked"))
    assert len(rows(batches(source, pull()))) == 7
    department.elsewhere = "http://localhost:9"
    with pytest.raises(SourceInvalid, match="another server"):
        batches(source, pull())


def test_offsets_without_a_total_end_at_an_empty_page(department: Department) -> None:
    department.rows = made(25)
    paging = {"style": "offset", "since": None}
    options = {"base_url": department.url, "paging": paging, "page_size": 10}
    source = make("rest", options, FeedSpec("a", "b", "/plain"))
    assert len(rows(batches(source, pull()))) == 25
    department.before = lambda number, query: answer({"items": made(10)})
    with pytest.raises(SourceInvalid, match="same page again"):
        batches(source, pull())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"base_url": "ftp://x"},
        {"base_url": "http://x", "auth": {"kind": "magic"}},
        {"base_url": "http://x", "auth": {"kind": "hmac", "key_id": "x"}},
        {"base_url": "http://x", "paging": "spiral"},
        {"base_url": "http://x", "envelope": {"rows": "x"}},
    ],
)
def test_options_that_are_not_understood_are_configuration_errors(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        make("rest", options, FEED)


@given(
    times=st.lists(st.integers(0, 6), max_size=40),
    later=st.lists(st.integers(3, 9), max_size=10),
    size=st.integers(1, 7),
)
@settings(max_examples=25, deadline=None, suppress_health_check=SHARED, phases=PHASES)
def test_pulls_in_a_row_see_every_row(
    department: Department, times: list[int], later: list[int], size: int
) -> None:
    hours = [*times, *later]
    all_rows = [
        {"id": f"{i:05}", "name": None, "updatedAt": at(hour)} for i, hour in enumerate(hours)
    ]
    department.rows = all_rows[: len(times)]
    first = batches(numbered(department, page_size=size), pull())
    department.rows = all_rows
    since = pull(since=first[-1].cursor, lookback=dt.timedelta(hours=3))
    second = batches(numbered(department, page_size=size), since)
    top = max(times, default=0)
    seen = {*ids(first), *ids(second)}
    assert seen >= {f"{i:05}" for i, hour in enumerate(hours) if i < len(times) or hour >= top - 3}
    assert json.loads(second[-1].cursor or "{}") or not hours
