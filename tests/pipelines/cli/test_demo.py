"""`hub demo`, the first thing that a new user runs: in a process of its own, on a small county."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

Done = subprocess.CompletedProcess[str]


def _run(*words: str) -> Done:
    # As wide as its longest line, which else is broken where a user's terminal would.
    env = {**os.environ, "COLUMNS": "1000"}
    return subprocess.run(words, capture_output=True, text=True, env=env, check=False)


def _hub(home: Path, *words: str) -> Done:
    return _run(sys.executable, "-m", "pipelines.cli", "--home", str(home), *words)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    home = tmp_path_factory.mktemp("demo") / "home"
    yield _hub(home, "demo", "--residents", "300")
    _hub(home, "down")


def test_it_ends_well_and_says_what_came_of_it(demo: Done) -> None:
    assert demo.returncode == 0, demo.stderr
    for said in ("residents 居民", "households 户", "all departments", "matches against the truth"):
        assert said in demo.stdout


def test_nothing_but_progress_is_on_the_terminal_beside_it(demo: Done) -> None:
    assert not [word for word in ("leaked", "Traceback", "Warning") if word in demo.stderr]


def test_its_psql_line_works(demo: Done) -> None:
    [line] = [line for line in demo.stdout.splitlines() if "PGPASSFILE=" in line]
    counted = _run("sh", "-c", f"{line} -At -c 'select count(*) > 300 from api_v1.resident'")
    assert (counted.stdout, counted.returncode) == ("t\n", 0), counted.stderr
