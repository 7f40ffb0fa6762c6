"""Pages decoded to structs say what pages decoded to dictionaries say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import json_rows
from connectors.cells import text_of_values
from connectors.json_rows import Decoder, column, is_row, names_of, same, shapes_of, value

NAMES = st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=5, unique=True)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


def page(rows: list[Any]) -> bytes:
    return json.dumps({"code": 0, "data": {"total": 9, "list": rows}, "next": "甲"}).encode()


def decoder() -> Decoder:
    return Decoder("data.list", ("code", "data.total", "next"))


def read_by(pages: Decoder, content: bytes) -> list[Any]:
    body = pages.decode(content)
    around = (body["code"], body["data"]["total"], body["next"])
    assert tuple(map(str, around)) == ("0", "9", "甲")
    found: list[Any] = body["data"]["list"]
    return found


@settings(deadline=None)
@given(NAMES, st.data())
def test_later_pages_say_the_same_as_if_each_were_the_first(
    names: list[str], data: st.DataObject
) -> None:
    pages = decoder()
    rows = st.fixed_dictionaries(dict.fromkeys(names, VALUES))
    read_by(pages, page([dict.fromkeys(names)]))
    content = page(data.draw(st.lists(rows, max_size=4)))
    fast, slow = read_by(pages, content), read_by(decoder(), content)
    assert all(map(same, fast, slow)) and len(fast) == len(slow)
    assert {frozenset(shape) for shape in shapes_of(fast)} <= {frozenset(names)}
    for name in names:
        columns = column(fast, name), column(slow, name)
        assert None not in columns
        told = [text_of_values(values or []).to_pylist() for values in columns]
        assert told[0] == told[1]


ROW = {"编号": "1", "a-b": True}


@pytest.mark.parametrize(
    "odd",
    [[{"编号": "2"}], [{**ROW, "new": 1}], [ROW, "text"], [None]],
    ids=["a name less", "a name more", "no row", "null"],
)
def test_a_page_of_another_shape_is_read_whole_all_the_same(odd: list[Any]) -> None:
    pages = decoder()
    read_by(pages, page([ROW]))
    [fast] = read_by(pages, page([ROW]))
    assert is_row(fast) and not isinstance(fast, dict) and names_of(fast) == tuple(ROW)
    found = read_by(pages, page(odd))
    assert [item if not is_row(item) else dict(item) for item in found] == odd
    [again] = read_by(pages, page([ROW]))
    assert same(fast, again) and not same(fast, found[-1])
    assert value(again, "编号") == "1" and value(fast, "nowhere") is None


def test_an_answer_without_its_rows_is_no_reason_to_fail() -> None:
    pages = decoder()
    read_by(pages, page([ROW]))
    assert pages.decode(b'{"code": 500, "data": null}') == {"code": 500, "data": None}
    with pytest.raises(ValueError):
        pages.decode(page([ROW])[:-5])


def test_numbers_keep_their_spelling_in_structs() -> None:
    pages = Decoder("")
    pages.decode(b'[{"n": 1}]')
    [row] = pages.decode(b'[{"n": 115.4091700}]')
    assert not isinstance(row, dict) and value(row, "n") == json_rows.Number("115.4091700")
