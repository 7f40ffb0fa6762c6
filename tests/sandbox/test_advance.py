"""The next day becomes true, on every transport, and only what it changes moves."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import python_calamine
from plain_clients import Emergency, Start, city_rows, query, section

from foundation.errors import HubError
from sandbox.advance import advance
from sandbox.serve import Served
from sandbox.state import State


def next_day(served: Served) -> date:
    return advance(served.state.county, served.state.folder)


def test_the_days_come_in_order_and_end(start: Start) -> None:
    served = start(only="community.wish")
    assert [next_day(served) for _ in range(3)] == [date(2026, 1, day) for day in (2, 3, 4)]
    with pytest.raises(HubError, match="no day after 2026-01-04"):
        next_day(served)
    assert State.load(served.state.folder).day == date(2026, 1, 4)


def test_in_postgresql_only_the_days_rows_are_rewritten(start: Start) -> None:
    served = start(only="public")
    statement = 'select "FWBH", "BZDZID", xmin::text from "T_CZFW" order by 1'
    before = {row[0]: row for row in query(served, "public_security", statement)}
    next_day(served)
    after = {row[0]: row for row in query(served, "public_security", statement)}
    assert before.keys() - after.keys() == {"FWBH003"}
    assert {key for key in after if after[key] != before.get(key)} == {"FWBH002", "FWBH008"}
    assert after["FWBH002"][1] == "变了"


def test_a_day_is_one_transaction_across_tables(start: Start) -> None:
    served = start(only="public")
    next_day(served)
    writers = query(
        served,
        "public_security",
        'select xmin::text from "T_CZRK" where "RYNBID" = \'RYNBID008\' '
        'union select xmin::text from "T_LDRK" where "DJBH" = \'DJBH008\'',
    )
    assert len(writers) == 1


@pytest.mark.parametrize("database", ["postgresql", "mariadb"])
def test_a_new_column_appears_in_the_table(
    start: Start, database: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("mariadb_url") if database == "mariadb" else ""
    served = start(only="community", mariadb_url=url)
    next_day(served)
    next_day(served)
    rows = query(served, "community", "select wish_no, remark from wish order by wish_no")
    assert rows[:2] == [("wish_no001", None), ("wish_no002", "新列")]
    assert len(rows) == 7


def test_http_shows_the_new_day_at_once(start: Start) -> None:
    served = start(only="city")
    before = city_rows(served, "/api/v1/shops", 3)
    next_day(served)
    after = city_rows(served, "/api/v1/shops", 3)
    assert [row["shopId"][-1] for row in after] == ["1", "4", "5", "6", "7", "2", "8"]
    assert after[:1] == before[:1]
    since = city_rows(served, "/api/v1/shops", 3, updatedSince="2025-12-31T08:30:00")
    assert [row["shopId"][-1] for row in since] == ["2", "8"]


def test_a_cursor_resumes_with_the_days_rows_alone(start: Start) -> None:
    served = start(only="emergency")
    client = Emergency(served)
    _, cursor = client.rows("/hazard-sites", 3)
    next_day(served)
    rows, _ = client.rows("/hazard-sites", 3, cursor)
    assert [row["unifiedCode"][-1] for row in rows] == ["2", "8"]


def test_a_changed_snapshot_is_dropped_whole_and_an_increment_as_the_days_rows(
    start: Start,
) -> None:
    served = start(only="civil")
    next_day(served)
    folder = Path(section(served, "civil_affairs")["url"])
    assert "rows=7\n" in (folder / "elderly_allowance_20260102.csv.ok").read_text()
    assert "rows=2\n" in (folder / "cremation_20260102.csv.ok").read_text()
    book = python_calamine.CalamineWorkbook.from_path(folder / "assistance_member_20260102.xlsx")
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[1] for row in rows] == ["序号", *(f"序号{n:03d}" for n in (1, 2, 4, 5, 6, 7, 8))]


def test_a_day_without_a_feeds_rows_drops_no_file(start: Start) -> None:
    served = start(only="civil")
    next_day(served)
    files = sorted(Path(served.state.drop).rglob("*"))
    next_day(served)
    assert sorted(Path(served.state.drop).rglob("*")) == files


def test_pages_of_feeds_that_did_not_change_are_not_written_again(start: Start) -> None:
    served = start()
    next_day(served)
    folder = served.state.folder / "pages"
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    next_day(served)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_county_advanced_while_stopped_is_served_at_its_new_day(start: Start) -> None:
    served = start()
    statement = "select xmin::text from division where code = 'code001'"
    untouched = query(served, "community", statement)
    served.stop()
    next_day(served)
    next_day(served)
    again = start()
    assert again.state.day == date(2026, 1, 3)
    assert query(again, "community", "select count(*) from division") == [(7,)]
    assert query(again, "community", statement) == untouched
    assert len(city_rows(again, "/api/v1/shops", 5)) == 7


@pytest.mark.parametrize("how", ["added", "missing", "retyped", "renamed"])
def test_a_changed_column_stays_changed_on_the_next_day(start: Start, how: str) -> None:
    served = start(f"changed_column={how}", only=("community.wish", "emergency.shelter"))
    columns = query(served, "community", "select * from wish limit 0")
    next_day(served)
    next_day(served)
    assert len(query(served, "community", "select * from wish")) == 7
    assert query(served, "community", "select * from wish limit 0") == columns
    shelters, _ = Emergency(served).rows("/shelters", 5)
    assert len({tuple(shelter) for shelter in shelters}) == 1


def test_old_pages_are_removed(start: Start) -> None:
    served = start(only="emergency.shelter")
    next_day(served)
    names = [path.name for path in (served.state.folder / "pages").iterdir()]
    assert len(names) == 3
    assert all("20260102" in name for name in names)
