"""What the hub believed on any past night can be asked for, at the cost of what changed."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from looking import looking
from test_parts_equal_whole import EVENTS, County
from warehouse_county import AS_OF, add_person, hub_in, small_county

from foundation.engine import attach, stream
from pipelines.hub import Hub
from pipelines.warehouse.history import believed_on
from pipelines.warehouse.run import build
from schemas.model import Table
from schemas.warehouse import HISTORY, TABLES

Events = list[tuple[Callable[[County, int], None], int]]
# An event, and whether the night is built twice: by hand, or since it was killed.
NIGHT = st.tuples(
    st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 60)), min_size=1, max_size=4),
    st.booleans(),
)


def believed(hub: Hub, night: date | None = None) -> dict[str, Counter[str]]:
    """The rows of the recorded tables as they are, or as the ledgers say they were."""
    with looking() as con:
        attach(con, hub.lake, [table.id for table in TABLES.values()])
        return {
            name: Counter(map(str, stream(con, _sql(TABLES[name], night)).read_all().to_pylist()))
            for name in HISTORY
        }


def _sql(table: Table, night: date | None) -> str:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    shown = believed_on(table, f"date '{night}'") if night else f"select * from {table.id}"
    return f"select {columns} from ({shown})"


def later(hub: Hub, days: int) -> Hub:
    return replace(hub, as_of=AS_OF + timedelta(days))


def ledgers(hub: Hub) -> dict[str, int]:
    return {one.name: hub.lake.table("warehouse", one.name).num_rows for one in HISTORY.values()}


@settings(max_examples=2, deadline=None)
@given(nights=st.lists(NIGHT, min_size=1, max_size=2))
def test_after_any_nights_each_is_believed_as_it_was_built(
    nights: list[tuple[Events, bool]],
) -> None:
    with TemporaryDirectory() as folder:
        hub, county = hub_in(Path(folder)), small_county()
        add_person(county, "r-wang", name="王芳", birth=date(1990, 1, 1), dwelling="d-low")
        county.write(hub.lake)
        build(hub)
        published = {hub.as_of: believed(hub)}
        for number, (events, is_twice) in enumerate(nights, 1):
            # Every other night of the calendar, so that nights without a build are asked for too.
            tonight = later(hub, 2 * number)
            for count, (event, which) in enumerate(events):
                event(county, which)
                if is_twice and not count:
                    county.write(hub.lake)
                    build(tonight)
            county.write(hub.lake)
            build(tonight)
            published[tonight.as_of] = believed(tonight)
        for night, rows in published.items():
            assert believed(hub, night) == rows
            assert believed(hub, night + timedelta(1)) == rows


def test_a_rebuild_that_changes_nothing_adds_nothing(tmp_path: Path) -> None:
    hub, county = hub_in(tmp_path), small_county()
    county.write(hub.lake)
    build(hub)
    assert set(ledgers(hub).values()) == {0}
    EVENTS[2](county, 3)
    county.write(hub.lake)
    build(later(hub, 1))
    kept = ledgers(hub)
    assert kept["crosswalk_history"] == 1
    (hub.lake.root / "warehouse_inputs.json").unlink()
    report = build(later(hub, 2))
    assert ledgers(hub) == kept
    assert report.tables["crosswalk_history"].touched == 0


def test_a_version_says_from_which_night_to_which_it_was_believed(tmp_path: Path) -> None:
    hub, county = hub_in(tmp_path), small_county()
    county.write(hub.lake)
    build(hub)
    for days in (1, 5):
        county.rows["identity.household"][0]["dwelling_id"] = f"d-{days}"
        county.write(hub.lake)
        build(later(hub, days))
    found: list[dict[str, Any]]
    with looking() as con:
        attach(con, hub.lake, [HISTORY["household"].id])
        sql = "select * from warehouse.household_history where household_id = 'h-1' order by all"
        found = stream(con, sql).read_all().to_pylist()
    night = [AS_OF + timedelta(days) for days in (1, 5)]
    assert {(r["recorded_from"], r["recorded_to"]) for r in found} == {
        (None, night[0]),
        (night[0], night[1]),
    }
    assert {r["dwelling_id"] for r in found if r["recorded_from"]} == {"d-1"}
