"""Pages read as columns say what pages decoded row by row say; what is odd is left to those."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.cells import text_of_values
from connectors.json_columns import Columns, Glimpse, Raw, columns_of
from connectors.json_rows import EXACT, chosen, same, value

NAMES = st.lists(st.text(min_size=1, max_size=9), min_size=1, max_size=5, unique=True)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(max_size=12) | st.sampled_from(["null", "true", "},{", '":"', "x\\", '\\"', "\0"])
VALUES = st.none() | st.booleans() | NUMBERS | TEXTS
LAYOUTS = st.sampled_from([(",", ":"), (", ", ": "), (",", ": ")])


def read(content: bytes, path: str = "data.list") -> Any:
    body = columns_of(content, path)
    if body is None:
        return None
    found = body
    for step in filter(None, path.split(".")):
        found = found[step]
    assert isinstance(found, Columns)
    return found


def expected(content: bytes, names: list[str]) -> dict[str, list[str | None]]:
    rows = EXACT.decode(content.decode())["data"]["list"]
    return {name: text_of_values([row[name] for row in rows]).to_pylist() for name in names}


@settings(deadline=None, max_examples=300)
@given(NAMES, LAYOUTS, st.booleans(), st.data())
def test_cells_are_what_the_rows_say(
    names: list[str], layout: tuple[str, str], ascii_only: bool, data: st.DataObject
) -> None:
    row = st.tuples(*[VALUES] * len(names)).map(
        lambda values: dict(zip(names, values, strict=True))
    )
    rows = data.draw(st.lists(row, min_size=1, max_size=6))
    body = {"code": 0, "data": {"total": 9, "list": rows}, "next": "]}"}
    text = json.dumps(body, ensure_ascii=ascii_only, separators=layout)
    try:
        content = text.encode()
    except UnicodeEncodeError:
        return
    found = read(content)
    if found is None:  # too many escapes, or blanks that are not those of every other row
        assert "\\" in text or layout == (",", ": ")
        return
    assert list(found.table.schema.names) == names and len(found) == len(rows)
    assert found.table.to_pydict() == expected(content, names)
    assert [json.loads(one) for one in found[:]] == rows


def test_a_plain_page_is_read_as_columns_with_every_spelling_kept() -> None:
    first = b'{"a":"x","b":115.4091700,"c":null,"d":true}'
    other = b'{"a":"","b":-1E5,"c":12345678901234567890,"d":false}'
    found = read(b'{"code":0,"data":{"list":[' + first + b"," + other + b"]}}")
    assert found.table.to_pydict() == {
        "a": ["x", ""],
        "b": ["115.4091700", "-1E5"],
        "c": [None, "12345678901234567890"],
        "d": ["1", "0"],
    }
    assert (found.texts, found.literals) == ({"a"}, {"a", "b"})
    assert value(found[1], "c") == 12345678901234567890


def test_a_few_escapes_are_decoded_and_do_not_make_a_page_odd() -> None:
    rows = [{"a": f"正{i}", "b": i} for i in range(40)]
    rows[7]["a"], rows[9]["a"], rows[11]["a"] = 'say "}],"', "end\\", "a\0\nb"
    found = read(json.dumps({"data": {"list": rows}}, ensure_ascii=False).encode())
    assert found.table.column("a").to_pylist() == [row["a"] for row in rows]


PLAIN = '{"a":"x","b":1}'


@pytest.mark.parametrize(
    "rows",
    [
        '{"a":"x","b":1},{"b":1,"a":"x"}',
        '{"a":"x","b":1},{"a":"x"}',
        '{"a":"x","b":1},{"a":"x","b":1,"c":2}',
        '{"a":"x","b":1},{"a":"x","c":1}',
        '{"a":"x","b":1},null',
        '{"a":"x","b":1},{"a":"x","b":[1]}',
        '{"a":"x","b":1},{"a":"x","b":{"a":"y","b":2}}',
        '{"a":"x","b":1},{"a":"x","b": 1}',
        '{"a":"x","b":1},{"a":"x","b":1,2}',
        '{"a":"x","b":1},{"a":"x","b":01}',
        '{"a":"x","b":1},{"a":"x","b":+1}',
        '{"a":"x","b":1},{"a":"x","b":nil}',
        '{"a":"x","b":1},{"a":"x","b":NaN}',
        '{"a":"x","b":1},{"a":"x"y,"b":1}',
        '{"a":"x","b":1},{"a":y"x","b":1}',
        '{"a":"x","b":1},{"a":"x"\\"","b":1}',
        '{"a":"x","b":1},{"a":"\\ud800","b":1}',
        '{"a":"x","b":1},{"a":"x\ty","b":1}',
        '{"a":"x","b":1},,{"a":"x","b":1}',
        '{"a":"x","b":1};{"a":"x","b":1}',
        '{"a":"x","b":1},{"a":"x","b":}',
        '{"a":"x","b":1},{"a":"x","b":1',
        '{"a":"x","a":1},{"a":"x","a":1}',
    ],
)
def test_what_is_not_plain_is_left_to_the_ordinary_way(rows: str) -> None:
    assert read(('{"data":{"list":[' + PLAIN + "]}}").encode()) is not None
    assert read(('{"data":{"list":[' + PLAIN + "," + rows + "]}}").encode()) is None


@pytest.mark.parametrize(
    "answer",
    [
        '{"data":{"list":[' + PLAIN + "]}",
        '{"data":{"list":[' + PLAIN + '],"more":[' + PLAIN + "]}}",
        '{"data":{"more":[' + PLAIN + '],"list":[]}}',
        '{"more":[' + PLAIN + '],"data":{"list":null}}',
        '{"data":{"list":"[' + PLAIN.replace('"', '\\"') + ']"}}',
        '{"list":[' + PLAIN + "]}",
        "[" + PLAIN + "]",
        "",
    ],
)
def test_an_answer_whose_list_is_not_for_certain_that_text_is_left_alone(answer: str) -> None:
    assert read(answer.encode()) is None


def test_bytes_that_are_not_utf8_are_left_to_the_ordinary_way() -> None:
    assert read(b'[{"a":"\xff"}]', "") is None


def test_rows_of_columns_are_told_apart_and_chosen() -> None:
    content = b'[{"a":"1","b":1.50},{"a":"2","b":null},{"a":"3","b":2}]'
    rows = read(content, "")
    assert rows == read(content, "") and rows != read(content.replace(b"3", b"4"), "")
    some = chosen(rows, [True, False, True])
    assert some[:] == [Raw(b'{"a":"1","b":1.50}'), Raw(b'{"a":"3","b":2}')]
    assert isinstance(some, Columns) and some.table.column("a").to_pylist() == ["1", "3"]
    assert same(rows[2], {"a": "3", "b": 2}) and not same(rows[1], rows[2])
    assert chosen(rows, [True] * 3) is rows


@pytest.mark.parametrize("cell", ["x", "a{b", "{}", "},{", "{" * 5])
def test_a_page_shows_its_last_row_before_the_rows_are_read(cell: str) -> None:
    rows = [{"a": "x", "b": None}, {"a": cell, "b": 2}]
    seen: list[tuple[Any, int]] = []

    def look(page: Glimpse) -> None:
        seen.append((page.body | {"list": list(page.body["list"])}, page.count))

    body = columns_of(json.dumps({"total": 2, "list": rows}).encode(), "list", look)
    assert isinstance(body["list"], Columns) and len(body["list"]) == 2
    [(shown, count)] = seen
    assert shown == {"total": 2, "list": rows[1:]} and count >= 2


def test_a_last_row_that_is_not_found_costs_the_glimpse_and_not_the_columns() -> None:
    content = json.dumps([{"a": "{" * 20}]).encode()
    assert len(columns_of(content, "", pytest.fail)) == 1
