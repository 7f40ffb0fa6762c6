"""Reading a county folder: the state of a feed on a day, and what a day changes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hand_made import AS_OF, DAYS, make_county, row, write
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import ConfigError
from sandbox.county import County
from schemas import FEEDS

WISH = FEEDS["community.wish"]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> County:
    return County(make_county(tmp_path_factory.mktemp("county")))


def numbers(table: pa.Table) -> list[str]:
    return [str(value) for value in table["wish_no"].to_pylist()]


def test_the_base_is_the_state_at_as_of(county: County) -> None:
    assert numbers(county.current(WISH.id, AS_OF)) == [f"wish_no{n:03d}" for n in range(1, 8)]


def test_a_day_replaces_in_place_appends_and_removes(county: County) -> None:
    table = county.current(WISH.id, DAYS[0])
    assert numbers(table) == [f"wish_no{n:03d}" for n in (1, 2, 4, 5, 6, 7, 8)]
    assert table["wisher_name"][1].as_py() == "变了"


def test_a_column_that_only_a_later_day_knows_is_kept(county: County) -> None:
    assert "remark" not in county.current(WISH.id, DAYS[0]).column_names
    assert county.current(WISH.id, DAYS[1])["remark"].to_pylist()[:2] == [None, "新列"]


def test_types_stay_as_the_department_has_them(county: County) -> None:
    schema = county.current("community.deliberation", DAYS[0]).schema
    assert schema.field("parties").type == pa.list_(pa.string())
    assert schema.field("updated_at").type == pa.timestamp("us")
    assert schema.field("meetings").type == pa.int32()


def test_a_day_without_a_file_changes_nothing(county: County) -> None:
    assert county.changes("community.division", DAYS[1]) is None
    assert county.days_of("community.division", date(2026, 1, 4)) == [date(2026, 1, 2)]


@pytest.mark.parametrize("form", ["large_string", "dictionary", "null"])
def test_text_is_text_however_it_is_stored(tmp_path: Path, form: str) -> None:
    folder = make_county(tmp_path)
    path = folder / "community" / "wish.parquet"
    table = pq.read_table(path)
    text = table["content"]
    stored = {
        "large_string": text.cast(pa.large_string()),
        "dictionary": text.dictionary_encode(),
        "null": pa.nulls(len(table)),
    }[form]
    pq.write_table(table.set_column(table.column_names.index("content"), "content", stored), path)
    for day in (AS_OF, DAYS[0]):
        assert pa.types.is_string(County(folder).current(WISH.id, day).schema.field("content").type)


def test_a_late_key_comes_with_the_next_day(tmp_path: Path) -> None:
    folder = make_county(tmp_path)
    prompt, late = County(folder), County(folder, late={WISH.id: 1})
    assert late.changes(WISH.id, DAYS[0]) is None
    assert numbers(late.current(WISH.id, DAYS[0])) == numbers(prompt.current(WISH.id, AS_OF))
    delayed, on_time = late.changes(WISH.id, DAYS[1]), prompt.changes(WISH.id, DAYS[0])
    assert delayed is not None and on_time is not None
    assert numbers(delayed) == numbers(on_time)
    assert late.current(WISH.id, DAYS[2]).equals(prompt.current(WISH.id, DAYS[2]))


def test_a_missing_file_means_that_the_feed_is_not_delivered(tmp_path: Path) -> None:
    folder = make_county(tmp_path)
    for path in [
        folder / "community" / "wish.parquet",
        *folder.glob("days/*/community/wish.parquet"),
    ]:
        path.unlink()
    assert WISH not in County(folder).feeds()


def test_a_feed_may_begin_on_a_later_day(tmp_path: Path) -> None:
    folder = make_county(tmp_path, only=WISH.id)
    (folder / "community" / "wish.parquet").unlink()
    county = County(folder)
    assert county.feeds() == [WISH]
    nothing = county.current(WISH.id, AS_OF)
    assert (len(nothing), nothing.column_names) == (0, [*WISH.sources, "remark"])
    assert numbers(county.current(WISH.id, DAYS[0])) == ["wish_no002", "wish_no008"]


def test_a_folder_without_county_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not a county folder"):
        County(tmp_path)


@given(
    days=st.lists(
        st.dictionaries(st.integers(1, 9), st.sampled_from(["put", "remove"]), max_size=6),
        max_size=4,
    ),
    n=st.integers(1, 3),
)
@settings(max_examples=25, deadline=None)
def test_current_equals_replaying_the_days_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, days: list[dict[int, str]], n: int
) -> None:
    """Also for late keys: base and the changes of every day give the current state."""
    folder = tmp_path_factory.mktemp("replay")
    write(folder, WISH.id, [row(WISH, number) for number in (1, 2, 3)])
    names = [
        (date.fromisoformat(AS_OF) + timedelta(days=i + 1)).isoformat() for i in range(len(days))
    ]
    (folder / "county.json").write_text(
        f'{{"division_code": "360731", "name": "x", "as_of": "{AS_OF}", "days": {names}}}'.replace(
            "'", '"'
        )
    )
    there = {1, 2, 3}
    for minute, (name, edits) in enumerate(zip(names, days, strict=True)):
        rows = []
        for number, edit in edits.items():
            operation = "D" if edit == "remove" else "U" if number in there else "I"
            if operation != "D" or number in there:
                rows.append(row(WISH, number, minute, __op=operation))
            (there.discard if edit == "remove" else there.add)(number)
        if rows:
            write(folder, WISH.id, rows, name)
    for county in (County(folder), County(folder, late={WISH.id: n})):
        state = {cells["wish_no"]: cells for cells in county.current(WISH.id, AS_OF).to_pylist()}
        for name in names:
            changes = county.changes(WISH.id, name)
            for cells in changes.to_pylist() if changes is not None else []:
                operation = cells.pop("__op")
                state.pop(cells["wish_no"], None)
                if operation != "D":
                    state[cells["wish_no"]] = cells
            found = county.current(WISH.id, name).to_pylist()
            assert sorted(found, key=lambda cells: cells["wish_no"]) == sorted(
                state.values(), key=lambda cells: cells["wish_no"]
            )
