"""Servers for the sandbox's tests: what this machine has, in a database of the tests' own."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
from hand_made import make_county
from plain_clients import Start

from foundation.postgres import EmbeddedPostgres
from sandbox.faults import Faults
from sandbox.serve import MARIADB_HERE, Served, serve
from sandbox.transports.mariadb import connect

HERE = os.environ.get("HUB_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/postgres")


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database of our own on the PostgreSQL of this machine, or an embedded one for all tests."""
    name = f"sandbox_test_{secrets.token_hex(4)}"
    try:
        admin = psycopg.connect(HERE, autocommit=True, connect_timeout=2)
    except psycopg.OperationalError:
        server = EmbeddedPostgres(tmp_path_factory.mktemp("exchange") / "postgres")
        server.start()
        yield server.url
        server.remove()
        return
    with admin:
        admin.execute(f"create database {name}")
        yield HERE.removesuffix("postgres") + name
        admin.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def mariadb_url() -> str:
    """The MariaDB of this machine; skips where there is none, fails where one is required."""
    try:
        connect(MARIADB_HERE, timeout=2).close()
    except pymysql.Error:
        missing = "no MariaDB answers on 127.0.0.1:3306"
        if "mariadb" in os.environ.get("HUB_TEST_REQUIRE", ""):
            pytest.fail(missing)
        pytest.skip(missing)
    return MARIADB_HERE


@pytest.fixture
def start(tmp_path: Path, postgres_url: str) -> Iterator[Start]:
    """Serve a hand-made county, or its feeds that begin with ``only``; a second call goes on."""
    running: list[Served] = []

    def start(*faults: str, only: str | tuple[str, ...] = "", **options: Any) -> Served:
        folder = tmp_path / "county"
        if not folder.exists():
            make_county(folder, only=only)
        given = {"postgres_url": postgres_url, "mariadb_url": "", **options}
        served = serve(
            folder,
            state=tmp_path / "state",
            drop=tmp_path / "drop",
            faults=Faults.parse(faults),
            **given,
        )
        running.append(served)
        return served

    yield start
    for served in running:
        served.stop(purge=True)
