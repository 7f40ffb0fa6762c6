"""One PostgreSQL of the tests' own, one small county with two grids, one login for every role."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from access_county import GRANTS, PASSWORD, Warehouse, county_of_two_grids
from click.testing import CliRunner, Result
from warehouse_county import hub_in

from foundation.postgres import EmbeddedPostgres
from pipelines.access.logins import grant
from pipelines.cli.main import hub as command
from pipelines.publish.postgres import publish
from pipelines.warehouse.run import build


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder: Path = tmp_path_factory.mktemp("access")
    hub = hub_in(folder / "home")
    county_of_two_grids().write(hub.lake)
    build(hub)
    server = EmbeddedPostgres(folder / "postgres")
    try:
        url = server.start().url
        publish(hub, url)
        for wanted in GRANTS.values():
            grant(url, wanted, PASSWORD)
        yield Warehouse(url, hub.home)
    finally:
        server.remove()


@pytest.fixture
def ask(warehouse: Warehouse) -> Callable[..., list[tuple[Any, ...]]]:
    """``ask(role, sql, *values)``: the rows of one statement of its own transaction."""

    def answer(role: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with warehouse.as_role(role) as connection:
            return connection.execute(sql, values or None).fetchall()

    return answer


@pytest.fixture
def run(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """``run(*words)``: what the command did."""
    monkeypatch.setenv("TEST_WAREHOUSE_URL", warehouse.url)
    (warehouse.home.path / "hub.toml").write_text(
        '[county]\ndivision_code = "360731"\nname = "于都县"\n'
        '[warehouse]\nurl = { env = "TEST_WAREHOUSE_URL" }\n',
        encoding="utf-8",
    )
    home = str(warehouse.home.path)
    return lambda *words: CliRunner().invoke(command, ["--home", home, *words])
