"""The small county published once; for each test a hub whose ledger of alerts is empty."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from receiver import SECRET, Receiver, receiving
from warehouse_county import AS_OF, hub_in, small_county

from foundation.home import Home
from foundation.postgres import EmbeddedPostgres
from pipelines.hub import Hub
from pipelines.publish.postgres import publish
from pipelines.warehouse.run import build


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    hub = hub_in(tmp_path_factory.mktemp("alerts"))
    small_county().write(hub.lake)
    build(hub)
    publish(hub, hub.warehouse_url())
    yield hub.warehouse_url()
    EmbeddedPostgres(hub.home.postgres).remove()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as on_air:
        yield on_air


@pytest.fixture
def hub_on(tmp_path: Path, warehouse: str, receiver: Receiver) -> Callable[..., Hub]:
    """The hub on a night; keywords are lines of [alerts] more."""
    home = Home(tmp_path / "home")
    home.lake  # noqa: B018 - makes the home
    (home.path / "warehouse_url").write_text(warehouse)
    (home.path / "alerts_secret").write_text(SECRET)

    def hub(night: date = AS_OF, **more: int) -> Hub:
        home.config_file.write_text(
            '[county]\ndivision_code = "360731"\nname = "于都县"\n'
            '[warehouse]\nurl = {file = "warehouse_url"}\n'
            f'[alerts]\nurl = "{receiver.url}"\nsecret = {{file = "alerts_secret"}}\n'
            + "".join(f"{name} = {value}\n" for name, value in more.items())
        )
        home.config_file.chmod(0o600)
        return Hub.open(home, night)

    return hub
