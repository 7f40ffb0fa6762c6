"""Databases of the tests' own, on servers of this machine where there are some."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import psycopg
import pymysql
import pytest
import sqlalchemy as sa

from foundation.postgres import EmbeddedPostgres

pytest.register_assert_rewrite("tests.connectors.conformance")

POSTGRES = os.environ.get("HUB_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/postgres")
MARIADB = os.environ.get("HUB_TEST_MARIADB", "mysql://root@127.0.0.1:3306/")
NAME = f"hub_connectors_{os.getpid()}"


def missing(service: str, why: str) -> NoReturn:
    """Skip where a service is not there; fail where it is required (CI)."""
    if service in os.environ.get("HUB_TEST_REQUIRE", "").split(","):
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database of our own on the PostgreSQL of this machine, or an embedded one."""
    url = sa.make_url(POSTGRES)
    try:
        server = psycopg.connect(url.render_as_string(False), autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        embedded = EmbeddedPostgres(tmp_path_factory.mktemp("exchange") / "postgres")
        embedded.start()
        yield embedded.url
        embedded.remove()
        return
    with server:
        server.execute(f"DROP DATABASE IF EXISTS {NAME}")
        server.execute(f"CREATE DATABASE {NAME}")
        yield url.set(database=NAME).render_as_string(False)
        server.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    url = sa.make_url(MARIADB)
    try:
        server = pymysql.connect(
            host=url.host, port=url.port or 3306, user=url.username, password=url.password or ""
        )
    except pymysql.err.OperationalError:
        missing("mariadb", "no MariaDB answers at HUB_TEST_MARIADB or 127.0.0.1:3306")
    with server, server.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {NAME}")
        cursor.execute(f"CREATE DATABASE {NAME} CHARACTER SET utf8mb4")
        yield url.set(database=NAME).render_as_string(False)
        cursor.execute(f"DROP DATABASE {NAME}")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    (tmp_path / "exchange.db").touch()
    return f"sqlite:///{tmp_path}/exchange.db"


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def database(request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    """An engine on each kind of database; its tables are dropped afterwards."""
    url = sa.make_url(request.getfixturevalue(f"{request.param}_url"))
    if url.drivername == "mysql":
        url = url.set(drivername="mysql+pymysql")
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    yield engine
    made = sa.MetaData()
    made.reflect(engine)
    made.drop_all(engine)
