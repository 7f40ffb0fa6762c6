"""A database of an older release becomes this one's by alembic's revisions, with its data in it."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine
from test_publish_postgres import ask, same_as_lake
from warehouse_county import hub_in, small_county

from foundation.engine import read_sql
from foundation.errors import WarehouseError
from pipelines.hub import Hub
from pipelines.publish import migrate
from pipelines.publish.metadata import OWN_TABLES, comparison, metadata
from pipelines.publish.postgres import publish
from pipelines.warehouse import models
from pipelines.warehouse.run import build
from schemas.model import Table, Type
from schemas.warehouse import HISTORY, TABLES

NEXT = '''
"""What the older declarations of these tests lack."""
import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = "{before}"


def upgrade():
    op.create_index("household_head_resident_id_idx", "household", ["head_resident_id"],
        schema="warehouse")
    for table in ("household", "household_history"):
        op.add_column(table, sa.Column("booklet_no", sa.Text()), schema="warehouse")
    op.alter_column("ticket_step", "seq", type_=sa.BigInteger(), schema="warehouse",
        postgresql_using="seq::bigint")
    op.execute("alter table warehouse.change_feed add noted text")
'''


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    hub, county = hub_in(tmp_path / "home"), small_county()
    county.rows["identity.household"][0]["booklet_no"] = "B1"
    county.write(hub.lake)
    return hub


def catalogue(url: str) -> set[tuple[Any, ...]]:
    """The base tables of a database as they are: columns with their types, keys and indexes."""
    named = ask(url, "select indexname, indexdef from pg_indexes where schemaname = 'warehouse'")
    return {*ask(url, read_sql("pipelines.publish", "shapes")), *named}


def base(found: set[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """Without the hub's own tables, which a publication makes."""
    return {row for row in found if re.sub("_pk(ey|c)$", "", row[0]) not in OWN_TABLES}


def test_the_newest_revision_is_what_is_declared(connection: Connection) -> None:
    command.upgrade(migrate.configuration({"connection": connection}), "head")
    context = MigrationContext.configure(connection, opts=comparison())
    differ = compare_metadata(context, metadata())
    assert differ == [], 'schemas/ has changed: run `make revision why="..."`'


def test_a_new_database_is_as_one_that_went_through_every_revision(
    served: str, url: str, connection: Connection
) -> None:
    command.upgrade(migrate.configuration({"connection": connection}), "head")
    connection.commit()
    assert base(catalogue(served)) == base(catalogue(url)) != set()
    noted = ask(served, "select version_num from warehouse.alembic_version")
    assert noted == [(migrate.head(),)]


@pytest.fixture
def older(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The declarations as a release before had them; `undo` makes them today's."""

    def declare(table: Table) -> None:
        monkeypatch.setitem(TABLES, table.name, table)
        if table.name.endswith("_history"):
            monkeypatch.setitem(HISTORY, table.name.removesuffix("_history"), table)

    for name in ("household", "household_history"):
        columns = tuple(one for one in TABLES[name].columns if one.name != "booklet_no")
        declare(replace(TABLES[name], columns=columns))
    steps = TABLES["ticket_step"]
    declare(
        replace(
            steps,
            columns=tuple(
                replace(one, type=Type.TEXT) if one.name == "seq" else one for one in steps.columns
            ),
        )
    )
    models._ordered.cache_clear()
    yield monkeypatch
    models._ordered.cache_clear()


def test_a_database_of_an_older_release_moves_only_what_changed_in_it(
    hub: Hub,
    url: str,
    older: pytest.MonkeyPatch,
    tmp_path: Path,
    fresh: str,
) -> None:
    build(hub)
    publish(hub, url)
    with psycopg.connect(url) as before:  # as if no revision had been known then
        before.execute("drop table warehouse.alembic_version")
        before.execute("update warehouse.publication set contract = 'of before'")
        before.execute("alter index warehouse.household_pkey rename to household__new_pkey1")
    [(position,)] = ask(url, "select max(position) from api_v1.change")
    older.undo()
    models._ordered.cache_clear()
    older.setattr("pipelines.publish.postgres.FIRST", migrate.head())  # what that one was made by
    _with_next_revision(older, tmp_path)
    declared = TABLES["household"]
    indexes = (*declared.indexes, ("head_resident_id",))
    older.setitem(TABLES, "household", replace(declared, indexes=indexes))
    build(hub)
    report = publish(hub, url)
    assert {n: t.whole for n, t in report.tables.items()} == {
        "household": False,
        "household_history": False,
        "ticket_step": False,
    }
    assert report.tables["household"].updated == 1  # the one that has a booklet
    assert ask(url, "select booklet_no from warehouse.household where booklet_no <> ''") == [
        ("B1",)
    ]
    assert list(same_as_lake(hub, url)) == []
    assert ask(url, "select count(noted) from warehouse.change_feed") == [(0,)]
    [(first,)] = ask(url, "select min(position) from api_v1.change")
    assert first < position
    publish(hub, fresh)
    own = "warehouse.change_feed"
    with psycopg.connect(fresh) as there:
        there.execute(f"alter table {own} add noted text")
    assert catalogue(url) == catalogue(fresh)
    assert publish(hub, url).tables == {}


@pytest.fixture
def fresh(server: str) -> Iterator[str]:
    """A second database of the test's own."""
    with psycopg.connect(server, autocommit=True) as admin:
        name = f"hub_publish_{uuid4().hex[:12]}"
        admin.execute(f"create database {name}")
        yield psycopg.conninfo.make_conninfo(server, dbname=name)
        admin.execute(f"drop database {name} with (force)")


def _with_next_revision(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """One revision more than the release has."""
    copy = Path(shutil.copytree(migrate._FOLDER, folder / "migrations"))
    number = f"{len(migrate.revisions()) + 1:04}"
    text = NEXT.format(number=number, before=migrate.head()).lstrip()
    (copy / "versions" / f"r{number}_next.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(migrate, "_FOLDER", copy)


def test_a_newer_releases_database_is_left_as_it_is(built: Path, url: str) -> None:
    hub = hub_in(built)
    publish(hub, url)
    with psycopg.connect(url) as newer:
        newer.execute("update warehouse.alembic_version set version_num = '9999'")
        newer.execute("update warehouse.publication set contract = 'newer'")
    with pytest.raises(WarehouseError, match=r"revision 9999.*does not know"):
        publish(hub, url)
