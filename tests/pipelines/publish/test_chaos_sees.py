"""What `hub bench chaos` measures with: a reader that sees half a publication, a comparison that
sees a row too many or too few."""

import shutil
from datetime import date
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
from warehouse_county import County, add_visit, hub_in, small_county

from benchmarks._compare import differences
from benchmarks._reader import _Watch
from foundation.home import Home
from foundation.lake import Lake
from pipelines.hub import Hub
from pipelines.publish.postgres import publish
from pipelines.warehouse.run import build

CONFIG = '[county]\ndivision_code = "360731"\nname = "于都县"\n'


@pytest.fixture
def hub(tmp_path: Path, built: Path) -> Hub:
    return hub_in(Path(shutil.copytree(built, tmp_path / "home")))


@pytest.fixture
def watch(hub: Hub, published: str) -> _Watch:
    """A reader that has seen one publication, and found nothing wrong."""
    seen = _Watch()
    _look(seen, published)
    assert (seen.reads, seen.torn) == (2, [])
    return seen


def _look(seen: _Watch, url: str, tamper: str | None = None) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        if tamper:
            connection.execute(tamper)
        seen.in_one_statement(connection)
        seen.in_one_transaction(connection)


def _next_night(hub: Hub, url: str) -> None:
    county: County = small_county()
    add_visit(county, "visit-2", "r-li", "d-low", name="李娜")
    county.rows["conformed.city_management_case_step"].pop()
    county.write(hub.lake)
    build(hub)
    publish(hub, url)


def test_a_later_publication_is_another_whole(hub: Hub, published: str, watch: _Watch) -> None:
    _next_night(hub, published)
    _look(watch, published)
    assert (len(watch.looks), watch.torn) == (2, [])


@pytest.mark.parametrize(
    ("tamper", "complaint"),
    [
        ("delete from warehouse.ticket_step", "ticket_step changed"),
        ("update warehouse.dwelling set floor = coalesce(floor, 0) + 1", "dwelling changed"),
        ("delete from warehouse.resident", "mentions without their resident"),
        ("delete from warehouse.crosswalk", "residents without a mention"),
        ("delete from warehouse.household", "members without their household"),
        ("update warehouse.publication set snapshot = 99", "change feed against publication"),
    ],
)
def test_a_state_between_two_publications_is_torn(
    published: str, watch: _Watch, tamper: str, complaint: str
) -> None:
    _look(watch, published, tamper)
    for how in ("one statement", "one transaction"):
        assert any(said.startswith(how) and complaint in said for said in watch.torn), watch.torn


def test_a_change_that_the_feed_does_not_tell_is_missed_by_the_follower(
    hub: Hub, published: str, watch: _Watch
) -> None:
    _next_night(hub, published)
    _look(watch, published, "delete from warehouse.change_feed where table_name = 'ticket_step'")
    assert [said for said in watch.torn if "follower" in said and "ticket_step" in said]


def _home(folder: Path, residents: dict[str, str], rows: list[str]) -> Home:
    """A home with mentions of some residents, and a table of rows."""
    home = Home(folder)
    lake = Lake(home.lake)
    home.config_file.write_text(CONFIG, encoding="utf-8")
    home.config_file.chmod(0o600)
    mentions = [
        {"department": "d", "feed": "f", "record_key": key, "slot": "self", "resident_id": one}
        for key, one in residents.items()
    ]
    lake.table("identity", "crosswalk").replace(pa.Table.from_pylist(mentions))
    text = pa.schema([(name, pa.string()) for name in ("household_id", "kind", "booklet_no")])
    places = text.append(pa.field("dwelling_id", pa.string()))
    lake.table("identity", "household").replace(places.empty_table())
    member = pa.schema([("household_id", pa.string()), ("resident_id", pa.string())])
    lake.table("identity", "household_member").replace(member.empty_table())
    values = {
        "_key": rows,
        "_batch": list(range(len(rows))),
        "seen": [date(2026, 7, 1)] * len(rows),
    }
    lake.table("conformed", "wish").replace(pa.table(values))
    return home


PEOPLE = {"a": "R1", "b": "R1", "c": "R2"}


@pytest.mark.parametrize(
    ("residents", "rows", "found"),
    [
        ({"a": "R7", "b": "R7", "c": "R8"}, ["x", "y"], {}),
        ({"a": "R7", "b": "R8", "c": "R8"}, ["x", "y"], {"identity.crosswalk": (2, 2)}),
        (PEOPLE, ["x"], {"conformed.wish": (1, 0)}),
        (PEOPLE, ["x", "y", "y"], {"conformed.wish": (0, 1)}),
        (PEOPLE, ["x", "z"], {"conformed.wish": (1, 1)}),
    ],
)
def test_tables_are_compared_row_by_row_and_ids_by_whom_they_mean(
    tmp_path: Path,
    residents: dict[str, str],
    rows: list[str],
    found: dict[str, tuple[int, int]],
) -> None:
    calm = _home(tmp_path / "calm", PEOPLE, ["y", "x"])
    stormy = _home(tmp_path / "stormy", residents, rows)
    assert differences(calm, stormy, ("lake",)) == found
