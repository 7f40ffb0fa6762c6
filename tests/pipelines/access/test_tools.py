"""The examples of docs/tools.md, each run as it stands there by the real client, as an analyst."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from access_county import GRANTS, PASSWORD, Warehouse
from click.testing import Result
from psycopg.conninfo import conninfo_to_dict
from warehouse_county import AS_OF, hub_in

from foundation.postgres import account, binaries
from pipelines.publish.open_files import write_open_files

DOCS = Path(__file__).parents[3] / "docs"
PAGES = [DOCS / "tools.md", DOCS / "tools.zh-CN.md"]
SPARK = os.environ.get("HUB_TEST_PYSPARK", "")


def examples(page: Path) -> dict[str, str]:
    """The first block of code below each heading."""
    text = page.read_text(encoding="utf-8")
    return dict(
        re.findall(r"^## (\w+)\n(?:(?!^## ).)*?```(?:sh|python)\n(.*?)```", text, re.S | re.M)
    )


@pytest.fixture(scope="module")
def surroundings(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What docs/tools.md has a reader export: where the warehouse and the open files are."""
    folder = tmp_path_factory.mktemp("tools")
    hub = hub_in(warehouse.home.path)
    if hub.lake.snapshot() is None:
        hub.lake.commit_snapshot(note=AS_OF.isoformat())
    write_open_files(hub, folder / "open")
    where = conninfo_to_dict(warehouse.url)
    login = GRANTS["analyst"].login
    passfile = folder / "pgpass"
    passfile.touch(mode=0o600)
    passfile.write_text(f"*:*:*:{login}:{PASSWORD}\n", encoding="ascii")
    return os.environ | {
        "PGHOST": str(where["host"]),
        "PGPORT": str(where["port"]),
        "PGDATABASE": str(where["dbname"]),
        "PGUSER": login,
        "PGPASSFILE": str(passfile),
        "HUB_OPEN": str(folder / "open"),
        "PATH": f"{binaries(account())}:{os.environ['PATH']}",
    }


@pytest.fixture(scope="module")
def expected(warehouse: Warehouse) -> dict[str, int]:
    """Living residents of each grid, by the base tables."""
    with warehouse.owner() as connection:
        rows = connection.execute(
            "select grid_code, count(*) from warehouse.resident"
            " where not is_dead and grid_code is not null group by 1"
        ).fetchall()
    assert len(rows) == 2
    return dict(rows)


def answered(program: list[str], surroundings: dict[str, str]) -> dict[str, int]:
    """The grid and number of every line that the program printed."""
    done = subprocess.run(program, env=surroundings, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return {grid: int(n) for grid, n in re.findall(r"^(\d{15})\D+(\d+)$", done.stdout, re.M)}


def test_both_languages_show_the_same_examples() -> None:
    english, chinese = map(examples, PAGES)
    assert list(english) == ["psql", "SQLAlchemy", "pandas", "DuckDB", "PySpark"]
    assert english == chinese


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_login_is_made_as_the_page_says(
    page: Path, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_ACCESS_PASSWORD", PASSWORD)
    [words] = re.findall(r"^    HUB_ACCESS_PASSWORD=\S+ hub (.*)$", page.read_text("utf-8"), re.M)
    done = run(*shlex.split(words))
    assert done.exit_code == 0, done.output


def test_psql(surroundings: dict[str, str], expected: dict[str, int]) -> None:
    shown = answered(["sh", "-c", examples(PAGES[0])["psql"]], surroundings)
    assert shown == expected


@pytest.mark.parametrize("client", ["SQLAlchemy", "pandas", "DuckDB"])
def test_python_clients(
    client: str, surroundings: dict[str, str], expected: dict[str, int]
) -> None:
    assert answered([sys.executable, "-c", examples(PAGES[0])[client]], surroundings) == expected


def test_pyspark(surroundings: dict[str, str], expected: dict[str, int]) -> None:
    missing = [] if SPARK else ["HUB_TEST_PYSPARK names no Python with pyspark and deltalake"]
    if shutil.which("java") is None:
        missing.append("there is no java")
    if missing:
        why = "; ".join(missing)
        if "pyspark" in os.environ.get("HUB_TEST_REQUIRE", "").split(","):
            pytest.fail(why)
        pytest.skip(why)
    assert answered([SPARK, "-c", examples(PAGES[0])["PySpark"]], surroundings) == expected
