"""Makes the helpers of this folder importable from the folders below it, and shares one build."""

import fcntl
from pathlib import Path

import pytest
from warehouse_county import hub_in, small_county

from pipelines.warehouse.run import build


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A home whose warehouse zone holds the small county: built once for all workers, read only."""
    folder = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        folder = folder.parent
    home = folder / "built"
    with (folder / "built.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            hub = hub_in(folder / "being_built")
            small_county().write(hub.lake)
            build(hub)
            hub.home.path.rename(home)
    return home
