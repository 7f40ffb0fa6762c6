"""Two workers share the suite by file: what one file brings up is brought up once."""

from pathlib import Path

import pytest

# Folders whose files share one expensive fixture.
_TOGETHER = ("whole",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest group first, so that no worker ends up alone with it."""
    items.sort(key=lambda item: item.path.parent.name not in _TOGETHER)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Every test goes to the worker of its file, or of its folder."""
    folder = item.path.parent.name
    group = folder if folder in _TOGETHER else str(Path(folder, item.path.name))
    item.add_marker(pytest.mark.xdist_group(group))
