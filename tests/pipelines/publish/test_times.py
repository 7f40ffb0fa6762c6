"""Readers of PostgreSQL ask what was believed on a night, and what was so on a day."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
from warehouse_county import AS_OF, hub_in, small_county

from pipelines.publish.postgres import publish
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
