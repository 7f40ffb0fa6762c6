"""The files connector: what is taken when, what is refused, what is set apart."""

from __future__ import annotations

import codecs
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import Connector, FeedSpec, Pull, make
from connectors.base import RAW_LIMIT
from foundation.errors import (
    ConfigError,
    SourceChanged,
    SourceError,
    SourceInvalid,
)
from tests.connectors.dropping import COLUMNS, csv, drop
from tests.connectors.reading import aside, batches, rows

FEED = FeedSpec("civil_affairs", "cremation", "cremation")
SHARED = [HealthCheck.function_scoped_fixture]
A, B, C = "1,王芳,于都县贡江镇", "2,䶮㛃𬴂,", '3,"李\r\n四","付,10号"'


def connector(folder: Path, **options: Any) -> Connector:
    return make("files", {"url": str(folder), "spill": str(folder), **options}, FEED)


def pull(**changes: Any) -> Pull:
    return Pull(**{"columns": COLUMNS, "key": ("火化证号",), "delivery": "increment", **changes})


def ids(found: list[Any]) -> list[str]:
    return [row["火化证号"] for row in rows(found)]


def test_increments_are_taken_once_in_order_and_those_of_one_day_add_up(tmp_path: Path) -> None:
    drop(tmp_path, "cremation_20260102_01.csv", csv(C), 1)
    drop(tmp_path, "cremation_20260102.csv", csv(B), 1)
    drop(tmp_path, "cremation_20260101.csv", csv(A), 1)
    drop(tmp_path, "cremation_of_pets_20260101.csv", csv("9,旺财,"), 1)
    found = batches(connector(tmp_path), pull())
    assert ids(found) == ["1", "2", "3"]
    assert rows(found)[1:] == [
        {"火化证号": "2", "姓名": "䶮㛃𬴂", "生前住址": None},
        {"火化证号": "3", "姓名": "李\r\n四", "生前住址": "付,10号"},
    ]
    assert [batch.unit for batch in found] == [
        "cremation_20260101.csv",
        "cremation_20260102.csv",
        "cremation_20260102_01.csv",
    ]
    assert batches(connector(tmp_path), pull(since=found[-1].cursor)) == []
    assert ids(batches(connector(tmp_path), pull(since=found[1].cursor))) == ["3"]


def test_a_file_under_another_name_is_not_taken_twice(tmp_path: Path) -> None:
    drop(tmp_path, "cremation_20260101.csv", csv(A), 1)
    cursor = batches(connector(tmp_path), pull())[-1].cursor
    drop(tmp_path, "cremation_20260105.csv", csv(A), 1)
    assert batches(connector(tmp_path), pull(since=cursor)) == []


def test_a_file_without_its_manifest_is_not_there_yet(tmp_path: Path) -> None:
    (tmp_path / "cremation_20260101.csv").write_bytes(csv(A))
    drop(tmp_path, "cremation_20260102.csv", csv(B), 1)
    (tmp_path / "cremation_20260102.csv.ok").write_text("")
    assert batches(connector(tmp_path), pull()) == []


def test_a_file_that_was_corrected_under_its_name_is_taken_again(tmp_path: Path) -> None:
    drop(tmp_path, "cremation_20260101.csv", csv(A), 1)
    cursor = batches(connector(tmp_path), pull())[-1].cursor
    drop(tmp_path, "cremation_20260101.csv", csv(A, B), 2)
    assert ids(batches(connector(tmp_path), pull(since=cursor))) == ["1", "2"]


def test_of_a_snapshot_only_the_last_is_taken_and_an_old_state_may_return(tmp_path: Path) -> None:
    snapshot = pull(delivery="snapshot")
    drop(tmp_path, "cremation_20260101.csv", csv(A), 1)
    drop(tmp_path, "cremation_20260201.csv", csv(B), 1)
    drop(tmp_path, "cremation_20260201_02.csv", csv(A, C), 2)
    first = batches(connector(tmp_path), snapshot)
    assert ids(first) == ["1", "3"]
    again = pull(delivery="snapshot", since=first[-1].cursor)
    assert batches(connector(tmp_path), again) == []
    drop(tmp_path, "cremation_20260301.csv", csv(A), 1)
    second = batches(connector(tmp_path), again)
    assert ids(second) == ["1"]
    for path in tmp_path.glob("cremation_20260301*"):
        path.unlink()
    gone = pull(delivery="snapshot", since=second[-1].cursor)
    assert batches(connector(tmp_path), gone) == []


def test_a_snapshot_that_says_the_same_as_the_last_is_not_read_again(tmp_path: Path) -> None:
    drop(tmp_path, "cremation_20260101.csv", csv(A), 1)
    cursor = batches(connector(tmp_path), pull(delivery="snapshot"))[-1].cursor
    drop(tmp_path, "cremation_20260201.csv", csv(A), 1)
    assert batches(connector(tmp_path), pull(delivery="snapshot", since=cursor)) == []


def test_a_bad_increment_leaves_those_before_it(tmp_path: Path) -> None:
    drop(tmp_path, "cremation_20260101.csv", csv(A), 1)
    drop(tmp_path, "cremation_20260102.csv", csv(B), 1, sha256="0" * 64)
    reading = connector(tmp_path).read(pull())
    assert next(reading).rows.num_rows == 1
    with pytest.raises(SourceInvalid, match=r"cremation_20260102\.csv does not have the checksum"):
        next(reading)


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ("rows=2\nsha256={sha}", "has 1 rows, its manifest says 2"),
        ("rows=1\nsha256=" + "0" * 64, "does not have the checksum"),
        ("rows=1", "does not say rows=N and sha256"),
        ("rows=many\nsha256={sha}", "does not say rows=N and sha256"),
    ],
)
def test_a_manifest_that_does_not_hold_refuses_the_file(
    tmp_path: Path, manifest: str, message: str
) -> None:
    path = drop(tmp_path, "cremation_20260101.csv", csv(A), 1)
    ok = path.with_name(path.name + ".ok")
    ok.write_text(manifest.format(sha=ok.read_text().strip()[-64:]))
    with pytest.raises(SourceInvalid, match=message) as caught:
        batches(connector(tmp_path), pull())
    assert "cremation_20260101.csv" in str(caught.value)


def test_a_manifest_with_crlf_and_capitals_is_understood(tmp_path: Path) -> None:
    path = drop(tmp_path, "cremation_20260101.csv", csv(A), 1)
    ok = path.with_name(path.name + ".ok")
    text = ok.read_text().strip().splitlines()
    ok.write_bytes(codecs.BOM_UTF8 + f"{text[0]}\r\nsha256 = {text[1][7:].upper()}\r\n".encode())
    assert ids(batches(connector(tmp_path), pull())) == ["1"]


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-8", "utf-8-sig", "utf-16"])
def test_a_file_in_another_encoding_is_read_right(tmp_path: Path, encoding: str) -> None:
    line = "1,王芳,于都县贡江镇"
    drop(tmp_path, "cremation_20260101.csv", csv(line, encoding=encoding), 1)
    assert list(rows(batches(connector(tmp_path), pull()))[0].values()) == line.split(",")


@pytest.mark.parametrize("encoding", ["big5", "utf-16-le", "euc-kr"])
def test_a_file_in_an_unknown_encoding_is_a_clear_error(tmp_path: Path, encoding: str) -> None:
    header = "號碼,姓名,住址"
    data = csv("1,王芳,", header=header, encoding=encoding if encoding != "euc-kr" else "cp949")
    drop(tmp_path, "cremation_20260101.csv", data, 1)
    with pytest.raises(SourceInvalid, match="read as gb18030 or utf-8") as caught:
        batches(connector(tmp_path), pull())
    assert "王" not in str(caught.value)


def test_names_in_ascii_do_not_hide_the_encoding(tmp_path: Path) -> None:
    columns = ("id", "name", "address")
    asked = pull(columns=columns, key=("id",))
    for day, encoding in enumerate(("gb18030", "utf-8"), 1):
        data = csv(*["1,联通王芳,一"] * 3, header=",".join(columns), encoding=encoding)
        drop(tmp_path, f"cremation_2026010{day}.csv", data, 3)
    found = rows(batches(connector(tmp_path), asked))
    assert {row["name"] for row in found} == {"联通王芳"}


def test_lines_that_cannot_be_read_are_set_apart_with_their_place(tmp_path: Path) -> None:
    good = [f"{i},张三,一号" for i in range(5)]
    bad = {
        4: b"5,\xff\xff,x",
        6: "7,张\0三,x".encode("gb18030"),
        8: "8,少".encode("gb18030"),
        9: "9,多,一,二".encode("gb18030"),
        10: '10,"没有关,x'.encode("gb18030"),
    }
    lines = [csv().strip(), *(line.encode("gb18030") for line in good)]
    for at, line in sorted(bad.items()):
        lines.insert(at - 1, line)
    drop(tmp_path, "cremation_20260101.csv", b"\r\n".join(lines) + b"\r\n", 10)
    found = batches(connector(tmp_path), pull())
    assert ids(found) == ["0", "1", "2", "3", "4"]
    reasons = {one.place: (one.reason, one.raw) for one in aside(found)}
    assert set(reasons) == {f"line {at}" for at in bad}
    assert reasons["line 4"] == ("the line holds bytes that are not gb18030", "5,\\xff\\xff,x")
    assert reasons["line 6"] == ("the line holds a NUL byte", "7,张\\x003三,x".replace("3三", "三"))
    assert reasons["line 8"][0] == "the line has 2 columns instead of 3"
    assert reasons["line 9"][0] == "the line has 4 columns instead of 3"
    assert reasons["line 10"] == ("a quote is opened and not closed", '10,"没有关,x')


def test_a_file_of_many_batches_is_counted_as_one(tmp_path: Path) -> None:
    lines = [f"{i},张三,{'某处' * 100}" for i in range(45_000)]
    drop(tmp_path, "cremation_20260101.csv", csv(*lines), 45_000)
    drop(
        tmp_path, "cremation_20260102.csv", csv(*lines[:30_000], "no row", *lines[30_000:]), 45_001
    )
    found = batches(connector(tmp_path), pull())
    assert len(rows(found)) == 90_000 and len(aside(found)) == 1
    assert len({batch.cursor for batch in found}) == 3 and len(found) > 4


def test_a_quote_left_open_swallows_no_rows_even_if_another_closes_it(tmp_path: Path) -> None:
    data = csv('1,张三,"一号', "2,李四,二号", '3,"王五",三号')
    drop(tmp_path, "cremation_20260101.csv", data, 3)
    found = batches(connector(tmp_path), pull())
    assert ids(found) == ["2", "3"] and [one.place for one in aside(found)] == ["line 2"]


def test_a_line_of_200_mb_is_set_apart(tmp_path: Path) -> None:
    long = b"2,\xd0\xd5" + b"x" * (200 << 20) + b",y\r\n"
    data = csv(A) + long + csv(B).split(b"\r\n", 1)[1]
    drop(tmp_path, "cremation_20260101.csv", data, 3)
    found = batches(connector(tmp_path), pull())
    assert ids(found) == ["1", "2"]
    (one,) = aside(found)
    assert one.place == "line 3" and "bytes long" in one.reason and len(one.raw) <= RAW_LIMIT


def test_an_empty_file_is_an_increment_of_nothing_but_no_snapshot(tmp_path: Path) -> None:
    drop(tmp_path, "cremation_20260101.csv", b"", 0)
    (only,) = batches(connector(tmp_path), pull())
    assert only.rows.num_rows == 0 and only.cursor is not None
    with pytest.raises(SourceInvalid, match="empty, without even a header"):
        batches(connector(tmp_path), pull(delivery="snapshot"))
    drop(tmp_path, "cremation_20260102.csv", csv(), 0)
    (header_only,) = batches(connector(tmp_path), pull(delivery="snapshot"))
    assert header_only.rows.num_rows == 0


def test_changed_columns_are_named_and_new_ones_delivered(tmp_path: Path) -> None:
    header = "新列,生前住址,姓名, 火化证号 ,,"
    drop(tmp_path, "cremation_20260101.csv", csv("x,地,名,1", header=header), 1)
    drop(tmp_path, "cremation_20260102.csv", csv("1,名,x", header="火化证号,姓名,地址"), 1)
    reading = connector(tmp_path).read(pull())
    expected = {"火化证号": "1", "姓名": "名", "生前住址": "地", "新列": "x"}
    assert next(reading).rows.to_pylist() == [expected]
    with pytest.raises(SourceChanged, match="no longer has 生前住址; new there: 地址") as caught:
        next(reading)
    assert "cremation_20260102.csv" in str(caught.value)


def test_a_row_of_values_is_never_shown_as_column_names(tmp_path: Path) -> None:
    data = "362132199001011234,王芳,某处\r\n".encode("gb18030") * 3
    drop(tmp_path, "cremation_20260101.csv", data, 3)
    with pytest.raises(SourceInvalid) as caught:
        batches(connector(tmp_path), pull())
    assert "3621" not in str(caught.value) and "王芳" not in str(caught.value)


def workbook(path: Path, title: bool = True) -> bytes:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    top = 0
    if title:
        sheet.merge_range(0, 0, 0, 3, "于都县火化名单（2026年1月）")
        top = 2
    sheet.write_row(top, 0, ["序号", *COLUMNS])
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(top + 1, 0, [1, 3.62132e17, "王芳", 25569])
    sheet.write_row(top + 2, 0, [2.5, 362132199001011234, True, ""])
    sheet.write_datetime(top + 3, 1, dt.datetime(2026, 1, 31), day)
    sheet.write_row(top + 3, 2, ["  李 四", 0.1 + 0.2])
    book.close()
    return path.read_bytes()


@pytest.mark.parametrize("title", [True, False])
def test_a_workbook_is_read_as_people_see_it(tmp_path: Path, title: bool) -> None:
    data = workbook(tmp_path / "x.xlsx", title)
    drop(tmp_path, "cremation_20260101.xlsx", data, 3)
    found = [list(row.values()) for row in rows(batches(connector(tmp_path), pull()))]
    assert found == [
        ["3.62132E+17", "王芳", "25569", "1"],
        ["362132199001011000", "1", None, "2.5"],
        ["2026-01-31", "  李 四", "0.3", None],
    ]


def test_a_damaged_workbook_is_a_clear_error(tmp_path: Path) -> None:
    data = workbook(tmp_path / "x.xlsx")[:2000]
    drop(tmp_path, "cremation_20260101.xlsx", data, 3)
    with pytest.raises(SourceInvalid, match="workbook cannot be opened"):
        batches(connector(tmp_path), pull())


def test_json_lines_and_parquet_are_read_too(tmp_path: Path) -> None:
    asked = pull(columns=("id", "tags", "at"), key=("id",))
    lines = '{"id": 1, "tags": ["甲"], "at": 1.50}\nno json\n{"id": 2, "at": null, "more": true}\n'
    drop(tmp_path, "cremation_20260101.jsonl", lines.encode(), 3)
    found = batches(connector(tmp_path), asked)
    assert rows(found) == [
        {"id": "1", "tags": '["甲"]', "at": "1.50", "more": None},
        {"id": "2", "tags": None, "at": None, "more": "1"},
    ]
    assert [(one.place, one.raw) for one in aside(found)] == [("line 2", "no json\n")]
    table = pa.table(
        {
            "id": pa.array(["1"]).dictionary_encode(),
            "tags": pa.array([["甲"]]),
            "at": pa.array([dt.datetime(2026, 1, 1)]),
        }
    )
    pq.write_table(table, tmp_path / "x.parquet")
    drop(tmp_path, "cremation_20260102.parquet", (tmp_path / "x.parquet").read_bytes(), 1)
    following = pull(columns=("id", "tags", "at"), key=("id",), since=found[-1].cursor)
    later = batches(connector(tmp_path), following)
    assert rows(later) == [{"id": "1", "tags": '["甲"]', "at": "2026-01-01 00:00:00"}]
    damaged = (tmp_path / "x.parquet").read_bytes()[:-20]
    drop(tmp_path, "cremation_20260103.parquet", damaged, 1)
    with pytest.raises(SourceInvalid, match="Parquet file cannot be read"):
        batches(connector(tmp_path), asked)


@pytest.mark.parametrize("options", [{"url": ""}, {"format": "doc"}])
def test_options_that_are_not_understood_are_configuration_errors(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError):
        connector(tmp_path, **options)


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    drop(tmp_path, "cremation_20260101.csv", csv(A), 1)
    before = sorted(tmp_path.iterdir())
    batches(connector(tmp_path), pull())
    assert sorted(tmp_path.iterdir()) == before


characters = st.characters(exclude_categories=["Cs", "Cc"], include_characters='\n",;\t')
field = st.text(characters, max_size=8)


@given(table=st.lists(st.tuples(field, field, field), min_size=1, max_size=8))
@settings(max_examples=100, deadline=None, suppress_health_check=SHARED)
def test_what_is_quoted_properly_comes_back_unchanged(
    tmp_path: Path, table: list[tuple[str, str, str]]
) -> None:
    def quoted(values: tuple[str, str, str]) -> str:
        return ",".join('"' + value.replace('"', '""') + '"' for value in values)

    drop(tmp_path, "cremation_20260101.csv", csv(*map(quoted, table)), len(table))
    found = batches(connector(tmp_path), pull())
    assert [tuple(row.values()) for row in rows(found)] == [
        tuple(value or None for value in row) for row in table
    ]


@given(tail=st.binary(max_size=200))
@settings(max_examples=100, deadline=None, suppress_health_check=SHARED)
def test_no_bytes_abort_a_file_or_get_lost(tmp_path: Path, tail: bytes) -> None:
    data = csv(A, B) + tail
    drop(tmp_path, "cremation_20260101.csv", data, 2)
    try:
        found = batches(connector(tmp_path), pull())
    except SourceError as error:
        count = int(str(error).split("the file has ")[-1].split("The file has ")[-1].split(" ")[0])
        drop(tmp_path, "cremation_20260101.csv", data, count)
        found = batches(connector(tmp_path), pull())
        assert len(rows(found)) + len(aside(found)) == count
    assert ids(found)[:2] == ["1", "2"]
    assert json.loads(found[-1].cursor or "")
