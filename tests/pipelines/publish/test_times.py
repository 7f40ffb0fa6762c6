"""Readers of PostgreSQL ask what was believed on a night, and what was so on a day."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from warehouse_county import AS_OF, County, hub_in, small_county

from pipelines.hub import Hub
from pipelines.publish.postgres import publish
from pipelines.warehouse.find import follow_person
from pipelines.warehouse.history import follow_resident
from pipelines.warehouse.run import build

_NIGHT = AS_OF + timedelta(1)


def ask(url: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        connection.execute("set role hub_sensitive")
        return connection.execute(sql, values).fetchall()


def test_past_beliefs_and_days_are_asked_of_the_published_views(
    tmp_path: Path, built: Path, url: str
) -> None:
    hub, county = hub_in(Path(shutil.copytree(built, tmp_path / "home"))), small_county()
    publish(hub, url)
    shown = "select * from api_v1.household order by household_id"
    before = ask(url, shown)
    county.rows["identity.household"][0]["dwelling_id"] = "d-far"
    county.write(hub.lake)
    tonight = replace(hub, as_of=_NIGHT)
    build(tonight)
    assert publish(tonight, url).tables["household_history"].inserted == 1
    believed = "select * from api_v1.household_believed_on(%s) order by household_id"
    assert ask(url, believed, AS_OF) == before
    assert ask(url, believed, _NIGHT) == ask(url, shown) != before
    assert ask(url, "select count(*) from api_v1.benefit_grant_as_of(%s)", AS_OF) >= [(0,)]
    born = "select count(*) from api_v1.residency_as_of(%s) where valid_from is not null"
    assert ask(url, born, date(1900, 1, 1)) == [(0,)]
    past = "select was_absent, recorded_from, recorded_to from api_v1.household_history"
    assert ask(url, past) == [(False, None, _NIGHT)]


def believe(county: County, old: str, new: str, feed: str | None = None) -> None:
    """Say that what was ``old`` is ``new``: all of it, or the records of one feed."""
    for row in county.rows["identity.crosswalk"]:
        if row["resident_id"] == old and feed in (None, row["feed"]):
            row["resident_id"] = new


@pytest.fixture
def followed(tmp_path: Path, built: Path, url: str) -> tuple[Hub, str]:
    """Night 1: Li Na was Zhang Wei after all. Night 2: she was not, and his landlord is another."""
    hub, county = hub_in(Path(shutil.copytree(built, tmp_path / "home"))), small_county()
    publish(hub, url)
    believe(county, "r-li", "r-zhang")
    county.write(hub.lake)
    build(replace(hub, as_of=_NIGHT))
    publish(replace(hub, as_of=_NIGHT), url)
    county = small_county()
    believe(county, "r-li", "r-li-again")
    believe(county, "r-zhang", "r-landlord", "rental_housing")
    county.write(hub.lake)
    later = replace(hub, as_of=_NIGHT + timedelta(1))
    build(later)
    publish(later, url)
    return later, url


def test_an_old_id_leads_to_the_id_of_each_night(followed: tuple[Hub, str]) -> None:
    hub, url = followed
    nights = [AS_OF, _NIGHT, hub.as_of, None]
    truth = {
        "r-li": ["r-li", "r-zhang", "r-li-again", "r-li-again"],
        "r-zhang": ["r-zhang"] * 4,
        "r-landlord": [None, None, "r-landlord", "r-landlord"],
        "r-nobody": [None] * 4,
    }
    for old, ids in truth.items():
        asked = [ask(url, "select api_v1.resident_id_of(%s, %s)", old, night) for night in nights]
        assert [found for [(found,)] in asked] == ids
        assert [follow_resident(hub, old, night) for night in nights] == ids
    assert ask(url, "select api_v1.resident_id_of('r-li')") == [("r-li-again",)]


def test_a_person_is_found_by_an_id_of_before(followed: tuple[Hub, str]) -> None:
    def found(old: str) -> list[tuple[str, str]]:
        return [(row["resident_id"], row["followed"]) for row in follow_person(followed[1], old)]

    assert found("r-li") == [("r-li-again", "merged")]
    assert found("r-zhang") == [
        ("r-zhang", "same"),
        ("r-li-again", "parted"),
        ("r-landlord", "parted"),
    ]
    assert found("r-nobody") == []
    assert "李娜" not in str(follow_person(followed[1], "r-li"))
