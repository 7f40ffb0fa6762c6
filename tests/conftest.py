"""Two workers share the suite by file: what one file brings up is brought up once.

pytest-xdist's `loadgroup` writes the group into the node's id, which pytest 9.2 no longer reads.
"""

from pathlib import PurePosixPath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# Folders whose files share one expensive fixture.
_TOGETHER = ("whole", "access", "answers")
# This one has a hub of its own, for it takes people away.
_APART = "tests/pipelines/whole/test_erasure.py"
# What takes longest goes first, in this order, so that no worker ends up alone with it.
_LONGEST = (
    "tests/pipelines/whole",
    _APART,
    "tests/pipelines/identity/test_nights_equal_rebuild.py",
    "tests/pipelines/publish/test_killed_builds.py",
    "tests/pipelines/identity/test_households.py",
    "tests/pipelines/warehouse/test_build.py",
    "tests/pipelines/identity/test_resolve.py",
    "tests/pipelines/identity/test_follow.py",
    "tests/pipelines/identity/test_hard_people.py",
    "tests/pipelines/access",
    "tests/pipelines/answers",
    "tests/pipelines/test_exactly_once.py",
    "tests/pipelines/publish/test_publish_postgres.py",
)


class ByFile(LoadScopeScheduling):
    """A test goes to the worker of its file, or of its folder where that shares a fixture."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def _group(nodeid: str) -> str:
    file = PurePosixPath(nodeid.split("::", 1)[0])
    is_shared = file.parent.name in _TOGETHER and str(file) != _APART
    return str(file.parent if is_shared else file)


def _turn(item: pytest.Item) -> int:
    group = _group(item.nodeid)
    return _LONGEST.index(group) if group in _LONGEST else len(_LONGEST)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest groups first; the order within a group stays."""
    items.sort(key=_turn)
