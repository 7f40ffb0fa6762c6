"""Two workers share the suite by file: what one file brings up is brought up once.

pytest-xdist's `loadgroup` writes the group into the node's id, which pytest 9.2 no longer reads.
"""

from pathlib import PurePosixPath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# Folders whose files share one expensive fixture.
_TOGETHER = ("whole", "access")


class ByFile(LoadScopeScheduling):
    """A test goes to the worker of its file, or of its folder where that shares a fixture."""

    def _split_scope(self, nodeid: str) -> str:
        file = PurePosixPath(nodeid.split("::", 1)[0])
        return str(file.parent if file.parent.name in _TOGETHER else file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest group first, so that no worker ends up alone with it."""
    items.sort(key=lambda item: item.path.parent.name != "whole")
