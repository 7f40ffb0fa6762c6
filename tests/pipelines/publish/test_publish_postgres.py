"""Publishing: whole at first, by difference later, never half, never more than a reader may see."""

import shutil
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from looking import looking
from warehouse_county import AS_OF, County, add_person, add_visit, hub_in, small_county

from foundation.engine import attach, stream
from foundation.errors import WarehouseError
from pipelines.hub import Hub
from pipelines.publish import contract
from pipelines.publish.postgres import publish
from pipelines.warehouse.answers import answers
from pipelines.warehouse.find import find_house, find_person
from pipelines.warehouse.questions import questions
from pipelines.warehouse.run import build
from schemas.warehouse import TABLES

CANARY = "36213219400501001X"


@pytest.fixture
def county() -> County:
    return small_county()


@pytest.fixture
def hub(tmp_path: Path, built: Path) -> Hub:
    return hub_in(Path(shutil.copytree(built, tmp_path / "home")))


def ask(url: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(sql, values).fetchall()


def same_as_lake(hub: Hub, url: str) -> Iterator[str]:
    """The tables whose rows in PostgreSQL are not those of the lake."""
    with looking() as con, psycopg.connect(url) as connection:
        attach(con, hub.lake, [table.id for table in TABLES.values()])
        for table in TABLES.values():
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            lake = stream(con, f"select {columns} from {table.id}").read_all().to_pylist()
            there = connection.execute(f"select {columns} from warehouse.{table.name}").fetchall()
            if sorted(map(plain, (row.values() for row in lake))) != sorted(map(plain, there)):
                yield table.name


def plain(values: Iterable[Any]) -> str:
    """A row as text; instants of any zone alike."""
    return str([one.astimezone(UTC) if isinstance(one, datetime) else one for one in values])


def test_the_first_publication_loads_everything(hub: Hub, url: str) -> None:
    report = publish(hub, url)
    assert set(report.tables) == set(TABLES)
    assert all(table.whole for table in report.tables.values())
    assert ask(url, "select count(*), min(op) from api_v1.change") == [(len(TABLES), "reload")]
    assert ask(url, "select snapshot, as_of from api_v1.publication") == [(report.snapshot, AS_OF)]
    assert list(same_as_lake(hub, url)) == []


def test_the_same_snapshot_again_writes_nothing(hub: Hub, published: str) -> None:
    written = "select xmin, (select max(position) from api_v1.change) from warehouse.publication"
    before = ask(published, written)
    assert publish(hub, published).tables == {}
    assert ask(published, written) == before


def test_a_later_night_moves_only_the_difference(hub: Hub, published: str, county: County) -> None:
    add_visit(county, "visit-2", "r-li", "d-low", name="李娜")
    county.rows["conformed.community_wish"][0]["wish_status"] = "claimed"
    county.rows["conformed.city_management_case_step"].pop()
    county.write(hub.lake)
    build(hub)
    report = publish(hub, published)
    moved = {n: (t.inserted, t.updated, t.deleted) for n, t in report.tables.items()}
    assert moved["wish"] == (0, 1, 0)
    assert moved["ticket_step"] == (0, 0, 1)
    assert moved["crosswalk"] == (1, 0, 0)
    assert "dwelling" not in moved and not any(t.whole for t in report.tables.values())
    assert list(same_as_lake(hub, published)) == []


def test_the_change_feed_can_be_followed_from_a_position(
    hub: Hub, published: str, county: County
) -> None:
    [(seen,)] = ask(published, "select max(position) from api_v1.change")
    county.rows["conformed.city_management_case_step"].pop()
    county.write(hub.lake)
    build(hub)
    snapshot = publish(hub, published).snapshot
    changes = ask(
        published,
        "select snapshot, table_name, op, key from api_v1.change where position > %s",
        seen,
    )
    assert (snapshot, "ticket_step", "delete", {"step_id": "city_management|S3"}) in changes


def test_nights_that_were_not_published_are_caught_up(
    hub: Hub, published: str, county: County
) -> None:
    for night in ("visit-2", "visit-3"):
        add_visit(county, night, "r-li", "d-low", name="李娜")
        county.write(hub.lake)
        build(hub)
    publish(hub, published)
    assert list(same_as_lake(hub, published)) == []


def test_a_lake_with_another_history_replaces_what_readers_have(
    hub: Hub, published: str, tmp_path: Path
) -> None:
    other = hub_in(tmp_path / "other")
    county = small_county()
    add_person(county, "r-wang", name="王芳", birth=date(1990, 1, 1), dwelling="d-low")
    county.write(other.lake)
    build(other)
    publish(other, published)
    assert list(same_as_lake(other, published)) == []


def test_a_new_day_alone_moves_the_business_date(hub: Hub, published: str) -> None:
    tomorrow = replace(hub, as_of=AS_OF + timedelta(days=1))
    build(tomorrow)
    assert publish(tomorrow, published).tables == {}
    assert ask(published, "select as_of from api_v1.publication") == [(tomorrow.as_of,)]


def test_a_changed_declaration_rebuilds_the_table_and_its_views(
    hub: Hub, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = TABLES["wish"]
    monkeypatch.setitem(TABLES, "wish", replace(shop, indexes=(*shop.indexes, ("wish_status",))))
    report = publish(hub, published)
    assert list(report.tables) == ["wish"] and report.tables["wish"].whole
    assert ask(published, "select wish_no from api_v1.wish") == [("W1",)]
    assert len(ask(published, "select 1 from pg_indexes where tablename = 'wish'")) == 3


def test_readers_see_one_publication_or_the_next_and_never_half(
    hub: Hub, published: str, county: County
) -> None:
    stop, seen, failures = threading.Event(), set(), []
    both = """select (select count(*) from api_v1.crosswalk where feed = 'resident_visit'),
        (select snapshot from api_v1.publication)"""

    def read() -> None:
        try:
            with psycopg.connect(published, autocommit=True) as connection:
                while not stop.is_set():
                    seen.add(connection.execute(both).fetchone())
        except psycopg.Error as error:
            failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    snapshots = [1]
    for night in range(3):
        add_visit(county, f"night-{night}", "r-li", "d-low", name="李娜")
        county.write(hub.lake)
        build(hub)
        snapshots.append(publish(hub, published).snapshot)
    stop.set()
    reader.join()
    assert not failures
    assert seen <= {(n + 1, snapshot) for n, snapshot in enumerate(snapshots)} and len(seen) > 1


def test_an_open_transaction_keeps_last_night(hub: Hub, published: str, county: County) -> None:
    with psycopg.connect(published) as reader:
        reader.execute("set transaction isolation level repeatable read")
        before = reader.execute("select snapshot from api_v1.publication").fetchall()
        add_visit(county, "visit-2", "r-li", "d-low", name="李娜")
        county.write(hub.lake)
        build(hub)
        publish(hub, published)
        assert reader.execute("select snapshot from api_v1.publication").fetchall() == before
        held = reader.execute("select count(*) from api_v1.crosswalk where feed = 'resident_visit'")
        assert held.fetchall() == [(1,)]


def test_a_publication_that_fails_leaves_readers_what_they_had(
    hub: Hub, published: str, county: County
) -> None:
    with psycopg.connect(published) as admin:
        admin.execute("alter table warehouse.wish add check (wish_status = 'open')")
    county.rows["conformed.community_wish"][0]["wish_status"] = "claimed"
    add_visit(county, "visit-2", "r-li", "d-low", name="李娜")
    county.write(hub.lake)
    build(hub)
    with pytest.raises(WarehouseError, match="keep the last publication") as caught:
        publish(hub, published)
    assert "轮椅" not in str(caught.value)
    assert ask(
        published, "select count(*) from api_v1.crosswalk where feed = 'resident_visit'"
    ) == [(1,)]


def test_what_a_killed_publication_loaded_is_swept_away(hub: Hub, published: str) -> None:
    with psycopg.connect(published) as admin:
        admin.execute("create table warehouse.wish__new as select * from warehouse.wish")
        admin.execute("create table warehouse.gone__new (id_no text)")
    publish(hub, published)
    left = ask(published, "select relname from pg_class where relname ~ '__new$' and relkind = 'r'")
    assert left == []
    assert ask(published, "select wish_no from api_v1.wish") == [("W1",)]


def test_a_table_that_cannot_be_loaded_stops_the_first_publication_whole(
    hub: Hub, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    residency = replace(TABLES["residency"], key=("residency_role",))
    monkeypatch.setitem(TABLES, "residency", residency)
    with pytest.raises(WarehouseError, match="Nothing was published"):
        publish(hub, url)
    assert ask(url, "select count(*) from warehouse.publication") == [(0,)]
    monkeypatch.undo()
    publish(hub, url)
    assert list(same_as_lake(hub, url)) == []


def test_an_unreachable_server_is_an_error_that_says_what_to_do(hub: Hub) -> None:
    with pytest.raises(WarehouseError, match=r"cannot be reached.*hub\.toml"):
        publish(hub, "postgresql://nobody@127.0.0.1:1/nowhere")


def test_a_reader_sees_masks_and_no_base_table(served: str) -> None:
    with psycopg.connect(served) as connection:
        connection.execute(f"set role {contract.READER}")
        [masked] = connection.execute(
            """select name_masked, id_no_masked, phone_masked from api_v1.resident
            where resident_id = 'r-zhang'"""
        ).fetchall()
        assert masked == ("张*", "362132************", "137********")
        for forbidden in ("warehouse.resident", "warehouse.identifier", "api_v1.disability"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(f"select * from {forbidden}")


@pytest.mark.parametrize("role", [contract.READER, contract.SENSITIVE_READER])
def test_a_canary_is_in_no_view_that_a_role_may_read(served: str, role: str) -> None:
    canaries = (CANARY, "13700000009", "张伟", "张玮", "滨江花园1栋5")
    with psycopg.connect(served) as connection:
        views = connection.execute(
            "select schemaname, viewname from pg_views where schemaname in ('api_v1', 'answers')"
        ).fetchall()
        connection.execute(f"set role {role}")
        read = 0
        for schema, view in views:
            try:
                with connection.transaction():
                    shown = str(connection.execute(f'select * from {schema}."{view}"').fetchall())
            except psycopg.errors.InsufficientPrivilege:
                continue
            read += 1
            assert not any(canary in shown for canary in canaries), f"{schema}.{view}"
    assert read > 30


def test_every_view_is_explained_in_chinese(served: str) -> None:
    bare = ask(
        served,
        """select c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        where c.relkind = 'v' and n.nspname in ('api_v1', 'answers')
            and coalesce(obj_description(c.oid), '') !~ '[一-龥]'""",
    )
    assert bare == []
    bare = ask(
        served,
        """select c.relname, a.attname from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
        join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
        where c.relkind = 'v' and n.nspname = 'api_v1'
            and c.relname not in ('publication', 'change')
            and coalesce(col_description(c.oid, a.attnum), '') !~ '[一-龥]'""",
    )
    assert bare == []


def test_the_questions_are_answered(served: str) -> None:
    counted = {one.name: one for one in questions(served)}
    assert set(counted) == set(answers())
    for name in (
        "dead_and_yet_paid",
        "over_80_alone_in_hazard_zone",
        "over_80_without_allowance",
        "severely_disabled_above_third_floor",
        "severely_disabled_without_care_subsidy",
        "exposed_without_card",
        "rented_without_registered_occupants",
        "warning_people_inside",
        "same_trouble_in_two_systems",
    ):
        assert counted[name].count == 1, name
    # the wish is thirty days old
    assert counted["wishes_unclaimed_seven_days"].sample[0]["wish_no"] == "W1"
    assert counted["tickets_late_by_unit"].sample[0]["overdue"] == 1
    assert counted["dead_and_yet_paid"].sample[0]["name_masked"] == "李*"


def test_a_person_is_found_by_name_number_phone_and_former_name(served: str) -> None:
    for text in (
        "张伟",
        "张玮",
        "张",
        CANARY,
        CANARY.lower(),
        "１３７００００００００９",
        "r-zhang",
    ):
        found = find_person(served, text)
        if text == "１３７００００００００９":
            continue  # one digit too many: nobody
        assert [person["resident_id"] for person in found] == ["r-zhang"], text
        assert CANARY not in str(found)
    [person] = find_person(served, "13700000009", unmasked=True)
    assert person["id_no"] == CANARY
    assert find_person(served, "张伟", birth_date=date(1999, 1, 1)) == []


@pytest.mark.parametrize(
    "text", ["' or 1=1 --", "%", "_", "张%", "$1", "%(limit)s", "\\", "a'; drop"]
)
def test_what_is_sought_is_never_sql(served: str, text: str) -> None:
    assert find_person(served, text) == []
    assert find_house(served, text) == []


def test_a_house_is_found_with_who_is_in_it(served: str) -> None:
    [house] = find_house(served, "滨江花园 501")
    roles = {(one["resident_id"], one["role"]) for one in house["occupants"]}
    assert roles == {("r-zhang", "lives"), ("r-zhang", "registers")}
    assert "张伟" not in str(house)
    assert find_house(served, "d-low")[0]["dwelling_id"] == "d-low"
