"""An id that somebody stored leads to the person's id of today, or of any night."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from people import REGISTER, VISIT, Row, deliver, mention, registered, who

from pipelines.hub import Hub
from pipelines.identity.run import resolve
from pipelines.identity.steward import decide, withdraw
from pipelines.warehouse.history import follow_resident
from pipelines.warehouse.run import build

BORN = date(1975, 4, 12)
NIGHTS = [date(2026, 3, 1) + timedelta(n) for n in range(5)]
Night = Callable[[int], None]


@pytest.fixture
def rows() -> dict[str, Row]:
    """Somebody whom a grid worker met, without anything that says who it is."""
    return {"a": {"name": "曾庆林"}}


@pytest.fixture
def night(hub: Hub, rows: dict[str, Row]) -> Night:
    """Resolve and build on the n-th night what stands."""
    deliver(hub, REGISTER, {"v1": registered("曾庆林", BORN, 11, "p1")})

    def run(number: int) -> None:
        deliver(hub, VISIT, rows)
        resolve(hub)
        build(replace(hub, as_of=NIGHTS[number]))

    return run


def both(hub: Hub) -> tuple[int, int]:
    return mention(hub, REGISTER, "v1"), mention(hub, VISIT, "a")


def followed(hub: Hub, old: str) -> list[str | None]:
    return [follow_resident(hub, old, night) for night in NIGHTS]


def test_a_merge_its_withdrawal_and_the_end_are_followed(
    hub: Hub, rows: dict[str, Row], night: Night
) -> None:
    night(0)
    resident, visitor = who(hub, REGISTER, "v1"), who(hub, VISIT, "a")
    assert resident != visitor
    decision = decide(hub, *both(hub), "same", "steward", "asked")
    night(1)
    assert who(hub, VISIT, "a") == resident
    withdraw(hub, decision, "steward")
    night(2)
    again = who(hub, VISIT, "a")
    assert again not in (resident, visitor)
    rows.clear()
    night(3)
    assert followed(hub, visitor) == [visitor, resident, again, None, None]
    assert followed(hub, again) == [None, None, again, None, None]
    assert followed(hub, resident) == [resident] * 5
    assert follow_resident(hub, visitor) is None
    assert follow_resident(hub, resident) == resident
    assert follow_resident(hub, "R-never-given") is None


def test_a_split_leaves_the_id_with_the_part_that_keeps_it(
    hub: Hub, rows: dict[str, Row], night: Night
) -> None:
    rows["a"] = {"name": "曾庆林", "id_no": registered("曾庆林", BORN, 11, "p1")["id_no"]}
    night(0)
    whole = who(hub, REGISTER, "v1")
    assert who(hub, VISIT, "a") == whole
    rows["a"] = {"name": "刘国华"}
    night(1)
    assert follow_resident(hub, whole) == whole
    assert follow_resident(hub, who(hub, VISIT, "a"), NIGHTS[0]) is None


def test_an_id_of_less_than_a_night_is_followed_by_its_lineage(hub: Hub, night: Night) -> None:
    night(0)
    resident, visitor = who(hub, REGISTER, "v1"), who(hub, VISIT, "a")
    decide(hub, *both(hub), "same", "steward", "asked")
    night(0)
    assert who(hub, VISIT, "a") == resident
    assert followed(hub, visitor) == [resident] * 5
