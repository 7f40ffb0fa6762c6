"""Databases of the tests' own, on a PostgreSQL of this machine or else on the hub's own."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from warehouse_county import hub_in, small_county

from foundation.postgres import EmbeddedPostgres
from pipelines.publish.postgres import publish
from pipelines.warehouse.run import build

_LOCAL = os.environ.get("HUB_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/postgres")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    try:
        psycopg.connect(_LOCAL, connect_timeout=3).close()
        yield _LOCAL
        return
    except psycopg.OperationalError:
        folder: Path = tmp_path_factory.mktemp("postgres")
    own = EmbeddedPostgres(folder).start()
    yield own.url
    own.stop()


@pytest.fixture
def url(server: str) -> Iterator[str]:
    yield from _database(server)


@pytest.fixture(scope="session")
def served(server: str, built: Path) -> Iterator[str]:
    """A database with the small county published, for tests that only read."""
    for url in _database(server):
        publish(hub_in(built), url)
        yield url


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose warehouse zone holds the small county."""
    hub = hub_in(tmp_path_factory.mktemp("built"))
    small_county().write(hub.lake)
    build(hub)
    return hub.home.path


def _database(server: str) -> Iterator[str]:
    name = f"hub_publish_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"create database {name}")
        yield psycopg.conninfo.make_conninfo(server, dbname=name)
        admin.execute(f"drop database {name} with (force)")
