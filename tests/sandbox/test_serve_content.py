"""Cells survive every transport: what a county holds at rest is what a client reads."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from hand_made import AS_OF, make_county, row, write
from plain_clients import Emergency, Start, city_rows, query, section

from schemas import FEEDS

AWKWARD = [
    "NULL",
    "null",
    "\\N",
    "back\\slash",
    'it\'s "quoted", and more',
    "两行\n文字",
    "回车\r\n换行",
    "制表\t符",
    "䶮㛃𬴂\ue863",
    "王　芳",
    " spaces ",
    "％ percent",
    "",
    None,
]


@pytest.fixture
def awkward(tmp_path: Path) -> Path:
    """A county whose cells are hard to write down, one a row."""
    county = make_county(tmp_path / "county", only="none")
    for key, column in {
        "public_security.resident_register": "XM",
        "community.request": "content",
        "city_management.case": "description",
        "emergency.shelter": "name",
        "civil_affairs.cremation": "姓名",
        "civil_affairs.left_behind_child": "姓名",
    }.items():
        feed = FEEDS[key]
        rows = [row(feed, n, **{column: text}) for n, text in enumerate(AWKWARD, start=1)]
        write(county, key, rows)
    return county


@pytest.mark.usefixtures("awkward")
def test_databases_keep_every_cell(start: Start, mariadb_url: str) -> None:
    served = start(mariadb_url=mariadb_url)
    names = query(served, "public_security", 'select "XM" from "T_CZRK" order by "RYNBID"')
    assert [name for (name,) in names] == AWKWARD
    contents = query(served, "community", "select content from `request` order by request_no")
    assert [content for (content,) in contents] == AWKWARD


@pytest.mark.usefixtures("awkward")
def test_http_keeps_every_cell(start: Start) -> None:
    served = start()
    assert [case["description"] for case in city_rows(served, "/api/v1/cases", 4)] == AWKWARD
    shelters, _ = Emergency(served).rows("/shelters", 4)
    assert [shelter["name"] for shelter in shelters] == AWKWARD


@pytest.mark.usefixtures("awkward")
def test_files_keep_every_cell_and_write_null_as_nothing(start: Start) -> None:
    served = start()
    folder = Path(section(served, "civil_affairs")["url"])
    with (folder / "cremation_20260101.csv").open(encoding="gb18030", newline="") as file:
        cells = [line["姓名"] for line in csv.DictReader(file)]
    assert cells == [text or "" for text in AWKWARD]
    sheet = python_calamine.CalamineWorkbook.from_path(folder / "left_behind_child_20260101.xlsx")
    rows = sheet.get_sheet_by_index(0).to_python(skip_empty_area=False)
    place = rows[0].index("姓名")
    read = [str(line[place]).replace("\r\n", "\n") for line in rows[1:]]
    assert read == [(text or "").replace("\r\n", "\n") for text in AWKWARD]


def test_a_csv_is_quoted_only_where_it_must_be(start: Start, awkward: Path) -> None:
    folder = Path(section(start(), "civil_affairs")["url"])
    text = (folder / "cremation_20260101.csv").read_bytes().decode("gb18030")
    assert '"it\'s ""quoted"", and more"' in text
    assert text.splitlines()[1].count('"') == 0


def test_what_excel_had_made_a_number_is_a_number_in_the_workbook(
    start: Start, tmp_path: Path
) -> None:
    county = make_county(tmp_path / "county", only="none")
    member = FEEDS["civil_affairs.assistance_member"]
    damaged = {"身份证号码": "3.62132E+17", "出生日期": "25569", "低保证号": "25569", "序号": "1"}
    write(county, member.id, [row(member, 1, **damaged)])
    folder = Path(section(start(), "civil_affairs")["url"])
    book = python_calamine.CalamineWorkbook.from_path(folder / "assistance_member_20260101.xlsx")
    header, cells = book.get_sheet_by_index(0).to_python()
    found: dict[Any, Any] = dict(zip(header, cells, strict=True))
    assert found["身份证号码"] == 3.62132e17
    assert found["出生日期"] == 25569
    assert (found["低保证号"], found["序号"]) == ("25569", "1")


def test_a_feed_of_no_rows_is_delivered_as_nothing(start: Start, tmp_path: Path) -> None:
    county = make_county(tmp_path / "county", only="none")
    for feed in FEEDS.values():
        write(county, feed.id, [])
    served = start()
    assert query(served, "public_security", 'select * from "T_CZRK"') == []
    assert city_rows(served, "/api/v1/cases", 10) == []
    assert Emergency(served).rows("/warnings", 10) == ([], None)
    manifests = sorted(Path(served.state.drop).rglob("*.ok"))
    assert len(manifests) == 8
    assert all(path.read_text().startswith("rows=0\n") for path in manifests)


def test_a_county_without_a_department_says_nothing_of_it(start: Start) -> None:
    served = start(only="civil_affairs")
    assert list(served.sources()["departments"]) == ["civil_affairs"]
    assert json.loads((served.state.folder / "state.json").read_text())["today"] == AS_OF
