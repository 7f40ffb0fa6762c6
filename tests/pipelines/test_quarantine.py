"""What people see of quarantine: why each row is there, and no value of a person."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_hub import SmallHub, small_hub

from pipelines.quarantine import LONGEST, list_quarantine, replay, show_quarantine

WISH = {"wish_no": "w1", "wisher_name": "王芳", "updated_at": "2026-03-01 08:00:00"}
ENDLESS = "王芳" * 600_000


@pytest.fixture
def wishes(tmp_path: Path) -> SmallHub:
    return small_hub(tmp_path, "community.wish")


def test_a_line_that_could_not_be_read_says_where_and_why(wishes: SmallHub) -> None:
    wishes.deliver([{**WISH, "content": "a\0b"}])
    wishes.night()
    [row] = show_quarantine(wishes.hub, wishes.feed)
    assert (row["_rules"], row["_place"]) == (["text.nul_byte"], "row 1")
    assert "NUL" in row["_reason"] and "王芳" not in str(row)
    assert "王芳" in show_quarantine(wishes.hub, wishes.feed, unmask=True)[0]["_line"]
    [count] = list_quarantine(wishes.hub)
    assert (count["rule"], count["title_zh"], count["rows"]) == (
        "text.nul_byte",
        "文本含NUL字节",
        1,
    )


def test_an_endless_text_is_cut_and_only_its_shape_is_shown(wishes: SmallHub) -> None:
    wishes.deliver([{**WISH, "wisher_name": ENDLESS}])
    wishes.night()
    [row] = show_quarantine(wishes.hub, wishes.feed)
    assert row["_rules"] == ["text.endless"]
    assert row["wisher_name"] == f"{'某' * LONGEST}… ({len(ENDLESS):,} characters)"
    [whole] = show_quarantine(wishes.hub, wishes.feed, unmask=True)
    assert whole["wisher_name"] == ENDLESS


def test_rows_can_be_shown_by_rule(wishes: SmallHub) -> None:
    wishes.deliver([{**WISH, "content": "a\0b"}, {**WISH, "wish_no": None}])
    wishes.night()
    [row] = show_quarantine(wishes.hub, wishes.feed, rule="batch.key_missing")
    assert row["_rules"] == ["batch.key_missing"]


def test_a_replay_that_changes_nothing_changes_no_count(wishes: SmallHub) -> None:
    wishes.deliver([{**WISH, "content": "a\0b"}, {**WISH, "wish_no": None}])
    wishes.night()
    before = list_quarantine(wishes.hub)
    assert replay(wishes.hub, wishes.feed).reentered == 0
    assert list_quarantine(wishes.hub) == before
