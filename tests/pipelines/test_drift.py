"""A department that changes its columns: what is taken, what is held, and who goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from small_hub import SmallHub, small_hub

from pipelines.deliver import deliver
from pipelines.quarantine import replay
from schemas import FEEDS

NAMES = ("王芳", "李强", "张敏", "刘洋")


@pytest.fixture
def wishes(tmp_path: Path) -> SmallHub:
    return small_hub(tmp_path, "community.wish")


def _wishes(day: int, count: int = 40, **cells: str) -> list[dict[str, str | None]]:
    at = {"created_at": f"2026-03-{day:02d} 07:00:00", "updated_at": f"2026-03-{day:02d} 08:00:00"}
    return [
        {"wish_no": f"w{n}", "wisher_name": NAMES[n % 4], "status": "open", **at, **cells}
        for n in range(count)
    ]


def _alter(hub: SmallHub, statement: str) -> None:
    with closing(sqlite3.connect(hub.database)) as con, con:
        con.execute(f"alter table wish {statement}")


@pytest.mark.parametrize(
    ("column", "rule"),
    [("phone", "batch.columns_missing"), ("updated_at", "batch.key_column_missing")],
)
def test_a_missing_column_holds_the_feed_under_its_rule(
    wishes: SmallHub, column: str, rule: str
) -> None:
    wishes.deliver(_wishes(1))
    assert deliver(wishes.hub, wishes.feed).state == "ok"
    before = wishes.versions()
    _alter(wishes, f"rename column {column} to other")
    held = deliver(wishes.hub, wishes.feed)
    assert (held.state, held.held, held.failure) == ("held", (rule,), None)
    assert column in str(held.message) and "schemas/" in str(held.message)
    assert held.balanced and wishes.versions() == before


def test_a_held_feed_catches_up_by_itself_when_the_column_is_back(wishes: SmallHub) -> None:
    wishes.deliver(_wishes(1))
    deliver(wishes.hub, wishes.feed)
    _alter(wishes, "rename column phone to other")
    deliver(wishes.hub, wishes.feed)
    wishes.deliver(_wishes(2, count=41))
    caught_up = deliver(wishes.hub, wishes.feed)
    assert (caught_up.state, caught_up.conform.added, caught_up.conform.changed) == ("ok", 1, 40)


def test_an_added_column_is_kept_and_told_and_holds_nothing(wishes: SmallHub) -> None:
    rows: list[dict[str, str | None]] = [{**row, "street": "长征"} for row in _wishes(1)]
    wishes.deliver(rows, more_columns=("street",))
    delivery = deliver(wishes.hub, wishes.feed)
    assert (delivery.state, delivery.held, delivery.pull.drift) == ("ok", (), ("street",))


@pytest.mark.parametrize(
    ("column", "value"), [("wisher_name", "2"), ("created_at", "昨天"), ("status", "4")]
)
def test_a_column_of_another_kind_holds_the_feed(wishes: SmallHub, column: str, value: str) -> None:
    wishes.deliver(_wishes(1))
    deliver(wishes.hub, wishes.feed)
    wishes.deliver(_wishes(2, **{column: value}))
    held = deliver(wishes.hub, wishes.feed)
    assert (held.state, held.held) == ("held", ("batch.columns_retyped",))
    assert column in str(held.message) and value not in str(held.message)
    kept = {row["updated_at"].day for row in wishes.rows("conformed").values()}
    assert kept == {1}
    wishes.deliver(_wishes(3))
    assert deliver(wishes.hub, wishes.feed).state == "ok"


def test_a_held_column_can_be_accepted(wishes: SmallHub) -> None:
    wishes.deliver(_wishes(1))
    deliver(wishes.hub, wishes.feed)
    wishes.deliver(_wishes(2, wisher_name="2"))
    deliver(wishes.hub, wishes.feed)
    replay(wishes.hub, wishes.feed, accept_held=True)
    assert {row["wisher_name"] for row in wishes.rows("conformed").values()} == {"2"}


def test_a_few_odd_rows_hold_nothing(wishes: SmallHub) -> None:
    wishes.deliver(_wishes(1))
    deliver(wishes.hub, wishes.feed)
    wishes.deliver(_wishes(2, count=19, wisher_name="2"))
    assert deliver(wishes.hub, wishes.feed).state == "ok"


def test_a_column_that_was_never_filled_holds_nothing(wishes: SmallHub) -> None:
    wishes.deliver(_wishes(1))
    deliver(wishes.hub, wishes.feed)
    wishes.deliver(_wishes(2, content="1"))
    assert deliver(wishes.hub, wishes.feed).state == "ok"


def test_a_drifting_feed_stops_no_other(wishes: SmallHub) -> None:
    """A feed whose table is not there at all, beside one that drifts, beside one that is well."""
    wishes.deliver(_wishes(1))
    _alter(wishes, "drop column phone")
    states = {
        feed: deliver(wishes.hub, FEEDS[feed]).state
        for feed in ("community.wish", "community.deliberation")
    }
    assert states == {"community.wish": "held", "community.deliberation": "failed"}
