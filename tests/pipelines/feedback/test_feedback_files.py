"""A department's file shows its own rows, of others' only what may be told, and no formula."""

import stat
import zipfile
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape
from told import REGISTER, VISIT, told

from pipelines.feedback import files
from pipelines.feedback.findings import may_be_told
from pipelines.feedback.workbook import FORMULA_STARTS, Sheet, looks_like_formula, write_workbook
from schemas import FEEDS

CREMATION, PAYMENT = "civil_affairs.cremation", "civil_affairs.assistance_payment"
PHONE, NOBODY = "phone.malformed", "identity.nobody"
DANGEROUS = [
    *(
        "=1+1",
        "＝cmd|' /C calc'!A0",
        "+86138",
        "-2",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "＋1",
        "－1",
        "＠a",
    ),
    *("{=1+1}", "0123456789", "360731199001011234", "http://a.example", "  =1", "_x0041_"),
    *("a\x01b\x0bc", "<r>&amp;</r>", " 两端 ", "\ufffe"),
]


def test_each_department_gets_its_own_rows_and_nobody_elses(tmp_path: Path) -> None:
    hub = told(tmp_path)
    hub.rows(VISIT, {"key": "v1", "phone": "visited", "warnings": [PHONE]})
    hub.rows(REGISTER, {"key": "r1", "LXDH": "registered", "warnings": [PHONE]})
    assert set(hub.night(0).files) == {"community", "public_security"}
    said = {name: str(hub.book(name, 0)) + str(hub.feed(name, 0))
            for name in ("community", "public_security")}  # fmt: skip
    assert "visited" in said["community"]
    assert "registered" not in said["community"]
    assert "registered" in said["public_security"]
    assert "visited" not in said["public_security"]


def test_folders_and_files_are_the_owners_alone(tmp_path: Path) -> None:
    hub = told(tmp_path)
    hub.rows(VISIT, {"key": "v1", "phone": "1", "warnings": [PHONE]})
    hub.night(0)
    folder = hub.folder("community")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert {path.suffix for path in folder.iterdir()} == {".xlsx", ".parquet"}


def test_what_another_department_knows_is_shown_where_its_column_allows_it(tmp_path: Path) -> None:
    hub = told(tmp_path)
    death = {"discrepancy_kind": "dead_and_active", "feed": CREMATION, "value": "2026-01-02"}
    hub.contradictions(
        {**death, "other_feed": VISIT, "other_value": "2026-02-03"},
        {**death, "discrepancy_kind": "dead_operator", "other_feed": "city_management.shop",
         "other_value": "S1"},
    )  # fmt: skip
    hub.night(0)
    [told_row] = hub.book("community", 0)["部门间矛盾"]
    assert (told_row["对方部门"], told_row["对方数据"]) == ("民政", "死亡日期：2026-01-02")
    assert "2026-02-03" in told_row["本部门数据"]
    [untold] = hub.book("city_management", 0)["部门间矛盾"]
    assert (untold["对方部门"], untold["对方数据"]) == ("民政", None)
    assert "2026-01-02" not in str(hub.feed("city_management", 0))
    assert "2026-01-02" not in str([i for i in hub.items() if i["department"] == "city_management"])


def test_a_permission_that_is_taken_back_takes_the_value_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = told(tmp_path)
    hub.contradictions(
        {"discrepancy_kind": "dead_and_active", "feed": CREMATION, "value": "2026-01-02",
         "other_feed": VISIT, "other_value": "2026-02-03"},
    )  # fmt: skip
    hub.night(0)
    assert hub.items()[0]["other_value"]
    cremation = FEEDS[CREMATION]
    columns = tuple(replace(c, shareable_with=frozenset()) for c in cremation.columns)
    monkeypatch.setitem(FEEDS, CREMATION, replace(cremation, columns=columns))
    assert hub.night(1).changed == 1
    assert hub.items()[0]["other_value"] is None
    assert "2026-01-02" not in str(hub.feed("community", 1))


def test_benefits_and_health_are_told_to_no_other_department() -> None:
    for feed in FEEDS.values():
        for column in feed.columns:
            others = {f.department for f in FEEDS.values()} - {feed.department}
            may = {name for name in others if may_be_told(column, feed.department, name)}
            if column.sensitivity.value == "sensitive":
                assert not may, f"{feed.id}.{column.name}"
            assert may_be_told(column, feed.department, feed.department)


def test_warnings_are_listed_up_to_the_limit_and_the_totals_say_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LISTED", 2)
    hub = told(tmp_path)
    bad = [{"key": f"e{n}", "errors": [NOBODY]} for n in range(4)]
    hub.rows(VISIT, *bad, *({"key": f"w{n}", "phone": "1", "warnings": [PHONE]} for n in range(5)))
    hub.night(0)
    book = hub.book("community", 0)
    assert (len(book["必须更正"]), len(book["提醒"])) == (4, 2)
    assert len(hub.feed("community", 0)) == 9
    totals = {row["问题代码"]: (row["未办结"], row["列入本文件"]) for row in book["汇总"]}
    assert totals == {NOBODY: (4, 4), PHONE: (5, 2)}


def _cells(path: Path) -> tuple[list[str], list[str]]:
    """The values as a reader sees them, and the raw XML of all sheets."""
    with zipfile.ZipFile(path) as book:
        xml = [book.read(n).decode() for n in book.namelist() if n.startswith("xl/worksheets/")]
    sheet = openpyxl.load_workbook(path)["s"]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert all(cell.data_type in ("s", "inlineStr") for cell in cells)
    return [unescape(cell.value) for cell in cells], xml


@settings(max_examples=10, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]),
                        min_size=1), min_size=1, max_size=5),
       st.sampled_from(FORMULA_STARTS))  # fmt: skip
def test_no_text_becomes_a_formula_or_a_number_or_a_link(texts: list[str], start: str) -> None:
    values = [*DANGEROUS, *texts, *(start + text for text in texts)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        write_workbook(path, (), [Sheet("s", ("h",), pa.table({"h": values}))])
        found, xml = _cells(path)
    assert found == values
    assert not any("<f>" in text or "<f " in text or "<hyperlink" in text for text in xml)


@pytest.mark.parametrize("value", [v for v in DANGEROUS if v[0] in FORMULA_STARTS])
def test_what_could_become_a_formula_when_edited_carries_the_quote_prefix(
    value: str, tmp_path: Path
) -> None:
    assert looks_like_formula(value)
    write_workbook(tmp_path / "b.xlsx", (), [Sheet("s", ("h",), pa.table({"h": [value, "平常"]}))])
    sheet = openpyxl.load_workbook(tmp_path / "b.xlsx")["s"]
    assert sheet["A2"].quotePrefix
    assert not sheet["A3"].quotePrefix
