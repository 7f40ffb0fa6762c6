"""Makes the helpers of this folder importable, and a fresh hub for each test."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from people import small_hub

from pipelines.hub import Hub


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return small_hub(tmp_path)
