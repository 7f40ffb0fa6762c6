"""What Great Expectations imports and we do not need is loaded when somebody asks for it."""

import subprocess
import sys


def test_statistics_are_loaded_when_they_are_asked_for() -> None:
    said = subprocess.run(
        [sys.executable, "-c", _LOOK], capture_output=True, text=True, check=True
    ).stdout
    assert said.split() == ["False", "0.5", "True"]


_LOOK = """
import sys
from expectations import suite
print("scipy.stats._stats_py" in sys.modules)
from scipy import stats
print(float(stats.norm.cdf(0)), "scipy.stats._stats_py" in sys.modules)
"""
