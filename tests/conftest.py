"""Two workers share the suite by file: what one file brings up is brought up once."""

from pathlib import Path

import pytest

# Folders whose files share one expensive fixture.
_TOGETHER = ("whole",)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test goes to the worker of its file, or of its folder."""
    for item in items:
        folder = item.path.parent.name
        group = folder if folder in _TOGETHER else str(Path(item.path.parent.name, item.path.name))
        item.add_marker(pytest.mark.xdist_group(group))
