"""One county and one hub for all tests of the whole; each night follows the night before it."""

from collections.abc import Iterator
from datetime import date

import pytest
from living_hub import LivingHub, Night, following

from foundation.home import Home
from sandbox.build import build_county
from sandbox.serve import serve


@pytest.fixture(scope="session")
def empty_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivingHub]:
    """A county of 1,500 residents on the air, and a hub that has not run yet."""
    base = tmp_path_factory.mktemp("whole")
    build_county(1_500, 7, base / "county", days=3, as_of=date(2026, 6, 30))
    home = Home(base / "home")
    served = serve(base / "county", state=base / "state", drop=base / "drop", mariadb_url="")
    try:
        hub = LivingHub(home, base / "county", served)
        home.lake  # noqa: B018 - makes the home
        hub.configure()
        yield hub
        hub.postgres.remove()
    finally:
        served.stop(purge=True)


@pytest.fixture(scope="session")
def first_night(empty_hub: LivingHub) -> Night:
    """Everything is new, and `hub` a process of its own, as at night."""
    empty = Night(empty_hub, "", {}, {}, {}, {}, {})
    return following(empty, is_alone=True)


@pytest.fixture(scope="session")
def quiet_night(first_night: Night) -> Night:
    """Nothing is new."""
    return following(first_night)


@pytest.fixture(scope="session")
def broken_night(quiet_night: Night) -> Night:
    """A day of changes, of which the community's cannot be had: its database does not answer."""
    hub = quiet_night.hub
    hub.advance()
    hub.configure(community={"url": "postgresql+psycopg://hub@127.0.0.1:1/none"})
    night = following(quiet_night)
    hub.configure()
    return night


@pytest.fixture(scope="session")
def hub(first_night: Night) -> LivingHub:
    """A hub with at least one night behind it."""
    return first_night.hub
