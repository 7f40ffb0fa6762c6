"""Databases of the tests' own, on a PostgreSQL of this machine or else on the hub's own."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from warehouse_county import hub_in

from foundation.postgres import EmbeddedPostgres
from pipelines.publish.postgres import publish

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
def template(server: str, built: Path) -> Iterator[str]:
    """The name of a database in which the small county was published, to be copied."""
    for url in _database(server):
        publish(hub_in(built), url)
        yield str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])


@pytest.fixture
def published(server: str, template: str) -> Iterator[str]:
    """A database of the test's own in which the small county, as ``built`` holds it, stands."""
    yield from _database(server, template)


def _database(server: str, template: str = "template1") -> Iterator[str]:
    name = f"hub_publish_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"create database {name} template {template}")
        yield psycopg.conninfo.make_conninfo(server, dbname=name)
        admin.execute(f"drop database {name} with (force)")
