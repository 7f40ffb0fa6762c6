"""One small clean county and the hub that served it, for every question."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks._served import served_hub
from foundation.postgres import EmbeddedPostgres


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a county of 600 people without any damage."""
    return tmp_path_factory.mktemp("answers")


@pytest.fixture(scope="session")
def warehouse(clean: Path) -> Iterator[str]:
    """The url of the warehouse that a hub made of that county."""
    hub = served_hub(clean, 600, 7, damage=0)
    yield hub.warehouse_url()
    EmbeddedPostgres(hub.home.postgres).remove()
