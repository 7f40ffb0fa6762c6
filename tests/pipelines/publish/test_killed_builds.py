"""A build of the warehouse that is killed at a commit ends, once it is run again, as any other."""

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest
from killed import killed_at
from looking import looking
from warehouse_county import add_visit, hub_in, small_county

from benchmarks._reader import _Watch
from foundation.engine import attach, stream
from pipelines.hub import Hub
from pipelines.publish.postgres import publish
from pipelines.warehouse.run import build
from schemas.warehouse import TABLES


def _next_day(hub: Hub) -> None:
    county = small_county()
    add_visit(county, "visit-2", "r-li", "d-low", name="李娜")
    county.rows["conformed.community_wish"][0]["wish_status"] = "claimed"
    county.rows["conformed.city_management_case_step"].pop()
    county.write(hub.lake)


def _tables(hub: Hub) -> dict[str, Counter[str]]:
    """All rows of the warehouse zone, by table."""
    found: dict[str, Any] = {}
    with looking() as con:
        attach(con, hub.lake, [table.id for table in TABLES.values()])
        for table in TABLES.values():
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            rows = stream(con, f"select {columns} from {table.id}").read_all().to_pylist()
            found[table.name] = Counter(map(str, rows))
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, built: Path) -> dict[str, Counter[str]]:
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    hub = hub_in(Path(shutil.copytree(built, home)))
    _next_day(hub)
    build(hub)
    return _tables(hub)


@pytest.mark.parametrize("commit", [1, 2, 4, 7])
@pytest.mark.parametrize("after", [False, True])
def test_a_killed_build_is_made_good(
    tmp_path: Path,
    built: Path,
    published: str,
    undisturbed: dict[str, Counter[str]],
    commit: int,
    after: bool,
) -> None:
    hub = hub_in(Path(shutil.copytree(built, tmp_path / "home")))
    seen = _Watch()
    with psycopg.connect(published, autocommit=True) as connection:
        seen.in_one_transaction(connection)
        _next_day(hub)
        with killed_at(commit, after):
            build(hub)
        build(hub)
        publish(hub, published)
        seen.in_one_transaction(connection)
    assert _tables(hub) == undisturbed
    assert seen.torn == []  # a follower of the change feed has every key, too
    assert len(seen.looks) == 2


def test_a_build_that_was_taken_back_leaves_nothing_to_take_back(
    tmp_path: Path, built: Path
) -> None:
    hub = hub_in(Path(shutil.copytree(built, tmp_path / "home")))
    before = _tables(hub)
    _next_day(hub)
    with killed_at(3, after=True):
        build(hub)
    small_county().write(hub.lake)
    build(hub)
    versions = hub.lake.versions()
    build(hub)
    assert _tables(hub) == before
    assert hub.lake.versions() == versions
