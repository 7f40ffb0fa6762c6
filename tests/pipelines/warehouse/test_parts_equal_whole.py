"""However many nights were built in parts, building the whole then finds nothing to change."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warehouse_county import County, add_person, add_visit, hub_in, small_county

from foundation import layers
from pipelines.hub import Hub
from pipelines.warehouse.models import lake_inputs, ordered
from pipelines.warehouse.run import WarehouseReport, build
from schemas import FEEDS
from schemas.identity import IDENTITY_TABLES

RESIDENTS = ("r-zhang", "r-li", "r-wang")
DWELLINGS = ("d-high", "d-low", "d-far", None)
Row = dict[str, Any]


def seen(county: County, table: str, number: int) -> Row:
    """One of a table's rows."""
    rows = county.rows[table]
    return rows[number % len(rows)]


def met(county: County, number: int) -> None:
    who, where = RESIDENTS[number % 3], DWELLINGS[number % 4] or "d-low"
    add_visit(county, f"visit-n{number}", who, where, name="王芳", phone="13700000001")


def moved_in(county: County, number: int) -> None:
    name = f"r-new{number}"
    add_person(county, name, name="新人", birth=date(1990, 1, 1), dwelling="d-far", sex="2")
    county.add("identity.household_member", household_id="h-1", resident_id=name, is_head=False)


def merged(county: County, number: int) -> None:
    """A mention is believed to be somebody else."""
    seen(county, "identity.crosswalk", number)["resident_id"] = RESIDENTS[number % 3]


def renamed(county: County, number: int) -> None:
    seen(county, "identity.mention", number)["name"] = f"改名{number % 5}"


def placed(county: County, number: int) -> None:
    """An address means another dwelling, or none."""
    seen(county, "identity.address_match", number)["dwelling_id"] = DWELLINGS[number % 4]


def given_up(county: County, number: int) -> None:
    """A dwelling's address is merged into another, or moves to another grid."""
    row = seen(county, "conformed.public_security_standard_address", number)
    row["merged_into_id"] = "d-low" if number % 2 and row["_key"] != "d-low" else None
    row["grid_code"] = "360731001001002"


def corrected(county: County, number: int) -> None:
    row = seen(county, "conformed.public_security_resident_register", number)
    row["person_status"] = ("0", "1", "3")[number % 3]
    row["is_current"] = number % 5 > 0


def shared(county: County, number: int) -> None:
    """Somebody is named beside the person whom a certificate is about, or is no longer."""
    key = "36213219400501001X42"
    feed = "civil_affairs.disability_certificate"
    for table in ("identity.mention", "identity.crosswalk"):
        kept = [row for row in county.rows[table] if row["slot"] != "guardian"]
        county.rows[table] = kept
    if number % 2:
        county.mention(feed, key, RESIDENTS[number % 3], "guardian", name="监护人")


def moved_household(county: County, number: int) -> None:
    seen(county, "identity.household", number)["dwelling_id"] = DWELLINGS[number % 4]


def moved_home(county: County, number: int) -> None:
    seen(county, "identity.home", number)["dwelling_id"] = DWELLINGS[number % 4]


def handled(county: County, number: int) -> None:
    seen(county, "conformed.city_management_case", number)["case_status"] = f"s{number % 3}"
    steps = county.rows["conformed.city_management_case_step"]
    steps[number % len(steps)]["step_action"] = ("normal", "returned")[number % 2]


def gone(county: County, number: int) -> None:
    """A record is delivered no more, and all that was made of it goes."""
    table = ("community_resident_visit", "community_wish", "civil_affairs_cremation")[number % 3]
    rows = county.rows[f"conformed.{table}"]
    if len(rows) < 2 and table == "community_resident_visit":
        return
    for row in rows[:1]:
        rows.remove(row)
        for made in ("mention", "crosswalk", "address_match"):
            name = f"identity.{made}"
            kept = [one for one in county.rows[name] if one["record_key"] != row["_key"]]
            county.rows[name] = kept


EVENTS: tuple[Callable[[County, int], None], ...] = (
    met,
    moved_in,
    merged,
    renamed,
    placed,
    given_up,
    corrected,
    shared,
    moved_household,
    moved_home,
    handled,
    gone,
)
NIGHT = st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 60)), min_size=1, max_size=4)


def key_of(table: str) -> list[str]:
    zone, _, name = table.partition(".")
    return ["_key"] if zone == "conformed" else list(IDENTITY_TABLES[name].key)


def deliver(hub: Hub, county: County, before: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """Merge what differs from `before` into the lake, as conform and the resolver do."""
    now = {name: as_arrow(name, rows) for name, rows in county.rows.items()}
    for name, table in now.items():
        key = key_of(name)
        then = {told(row, key): row for row in before[name].to_pylist()}
        rows = {told(row, key): row for row in table.to_pylist()}
        come = [row for one, row in rows.items() if then.get(one) != row]
        left = [row for one, row in then.items() if one not in rows]
        changes = pa.Table.from_pylist(come, schema=table.schema)
        deletes = pa.Table.from_pylist(left, schema=table.schema).select(key)
        hub.lake.table(*name.split(".")).merge(changes, deletes, key)
    return now


def told(row: Row, key: list[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in key)


def as_arrow(name: str, rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=lake_inputs()[name])


@pytest.fixture
def always_layers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tables take layers however small they are, so that changes are read from those."""
    monkeypatch.setattr(layers, "MIN_ROWS", 0)
    monkeypatch.setattr(layers, "MOST_SHARE", 100)
    yield


def built_whole(hub: Hub) -> WarehouseReport:
    """Build without what is known of the last build."""
    (hub.lake.root / "warehouse_inputs.json").unlink()
    return build(hub)


@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(nights=st.lists(NIGHT, min_size=1, max_size=2))
def test_nights_built_in_parts_equal_a_whole_build(
    always_layers: None, nights: list[list[tuple[Callable[[County, int], None], int]]]
) -> None:
    with TemporaryDirectory() as folder:
        hub, county = hub_in(Path(folder)), small_county()
        add_person(county, "r-wang", name="王芳", birth=date(1990, 1, 1), dwelling="d-low")
        before = {name: as_arrow(name, rows) for name, rows in county.rows.items()}
        county.write(hub.lake)
        build(hub)
        for night in nights:
            for event, number in night:
                event(county, number)
            before = deliver(hub, county, before)
            report = build(hub)
            assert all(t.partly or t.skipped for n, t in report.tables.items() if n in in_parts())
        again = built_whole(hub)
    assert {name for name, table in again.tables.items() if table.touched} == set()


def in_parts() -> set[str]:
    """Tables that are built in part whatever happens in these nights."""
    models = (model for model in ordered() if model.table and model.grain)
    return {model.table.name for model in models if model.table} - {"rental"}


def test_an_input_whose_old_version_is_gone_is_built_whole(tmp_path: Path) -> None:
    hub, county = hub_in(tmp_path), small_county()
    county.write(hub.lake)
    build(hub)
    corrected(county, 2)
    name = f"conformed.{FEEDS['public_security.resident_register'].table}"
    county.write(hub.lake, name)
    table = hub.lake.table(*name.split("."))
    named = set(table.files())
    for path in table.path.rglob("part-*.parquet"):
        if str(path) not in named:
            path.unlink()
    report = build(hub)
    assert report.tables["resident"].touched == 1
    assert not report.tables["resident"].partly and report.tables["service_use"].skipped


def test_a_table_that_was_taken_back_and_what_follows_it_are_built_whole(tmp_path: Path) -> None:
    hub, county = hub_in(tmp_path), small_county()
    county.write(hub.lake)
    build(hub)
    corrected(county, 4)
    county.write(hub.lake)
    build(hub)
    hub.lake.table("warehouse", "life_event").restore(0)
    report = build(hub)
    assert report.tables["life_event"].touched and not report.tables["life_event"].partly
    assert not report.tables["resident"].partly
    again = built_whole(hub)
    assert not any(table.touched for table in again.tables.values())
