"""Names by the look of their characters."""

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.identity.comparable.shapes import comparable_shapes
from pipelines.identity.model import NAME, characters_that_differ, one_character_off

texts = st.text(st.sampled_from("王芳胡华毕祥样A?䶮1"), max_size=5)


@settings(deadline=None)  # the first call reads the table
@given(st.lists(texts, max_size=8))
def test_every_character_has_five_corners_and_one_drawing(names: list[str]) -> None:
    found = comparable_shapes(pa.array(names, pa.string())).to_pylist()
    assert [row["name"] for row in found] == names
    assert [len(row["corners"]) for row in found] == [5 * len(name) for name in names]
    drawn = [len(row["strokes"].split(" ")) for row in found]
    assert drawn == [max(len(name), 1) for name in names]


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        ("胡华", "胡毕", True),
        ("管传祥", "管传样", True),
        ("李小星", "李少星", True),
        ("王强", "王芳", False),
        ("王芳", "李芳", False),
        ("王䶮", "王㛃", False),
    ],
)
def test_what_the_eye_takes_for_another_is_of_like_shape(
    left: str, right: str, alike: bool
) -> None:
    shapes = comparable_shapes(pa.array([left, right]))
    with duckdb.connect() as con:
        con.register("shape", shapes)
        level = next(one for one in NAME.levels if one.name == "like_shape")
        [found] = con.execute(
            f"""select {level.sql} from (
                select l.name as name_l, l.corners as corners_l, l.strokes as strokes_l,
                  left(l.name, 1) as surname_sound_l, r.name as name_r, r.corners as corners_r,
                  r.strokes as strokes_r, left(r.name, 1) as surname_sound_r
                from shape l, shape r where l.name = $left and r.name = $right)""",
            {"left": left, "right": right},
        ).fetchall()
    assert found[0] == alike


@settings(max_examples=50, deadline=None)
@given(texts, texts)
def test_characters_are_counted_not_bytes(left: str, right: str) -> None:
    with duckdb.connect() as con:
        [(differ, off)] = con.execute(
            f"select len({characters_that_differ('l', 'r')}), {one_character_off('l', 'r')}"
            " from (select $left::varchar as l, $right::varchar as r)",
            {"left": left, "right": right},
        ).fetchall()
    apart = sum(a != b for a, b in zip(left.ljust(len(right)), right.ljust(len(left)), strict=True))
    if len(left) == len(right):
        assert differ == apart
        assert off == (apart == 1 and len(left) >= 3)
    dropped = {right[:i] + right[i + 1 :] for i in range(len(right))}
    if left in dropped and len(right) >= 3:
        assert off
