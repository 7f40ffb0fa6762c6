"""Rows a second into Arrow, for the hub and for dlt on the same sources in one run; and memory.

    sources made here -> connectors.make(...).read | dlt's resource -> Arrow -> median of three

Needs the development dependencies and a MariaDB. Secrets needed: none. Alone:
``hub bench connectors --rows 200000 --memory-rows 1000000 --json``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import _connector_sources as sources
from connectors import FeedSpec, Pull, make

FEED = FeedSpec("bench", sources.TABLE, sources.TABLE)
PULL = Pull(sources.NAMES, ("shopId",), "updatedAt")
FILES = Pull(sources.NAMES, ("shopId",), delivery="increment")
PAGE_SIZE = 5000
TIMES = 3
XLSX_ROWS = 100_000
Reader = Callable[[], int]


def run(rows: int = 1_000_000, memory_rows: int = 10_000_000) -> dict[str, Any]:
    """Measure all sources; ``memory_rows`` 0 leaves the memory out."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as made:
        folder = Path(made)
        os.environ["DLT_DATA_DIR"] = str(folder / "dlt")
        figures = {
            name: _compared(rows_of, readers) for name, rows_of, readers in _cases(rows, folder)
        }
        if memory_rows:
            figures["memory"] = _memory(memory_rows, folder)
    return {"rows": rows, **figures}


def _cases(rows: int, folder: Path) -> Iterator[tuple[str, int, dict[str, Reader]]]:
    """Each source while it is up: its rows, and the ways to read it; ways of dlt's begin so."""
    from benchmarks import _dlt  # a development dependency

    with sources.postgresql(rows, folder) as url:
        yield "sql_postgresql", rows, _sql_readers(url, url, _dlt)
    with sources.mariadb(rows) as url:
        yield "sql_mysql", rows, _sql_readers(url, url.replace("mysql:", "mysql+pymysql:"), _dlt)
    with sources.rest(rows, _new(folder / "rest")) as (url, secret):
        options = {"base_url": url, "page_size": PAGE_SIZE, "path": sources.SHOP.source}
        signed = {"kind": "hmac", "key_id": "hub", "secret": secret}
        yield (
            "rest",
            rows,
            {
                "hub": lambda: _hub("rest", {**options, "auth": signed}, PULL),
                "dlt": lambda: _dlt.rest(url, secret, PAGE_SIZE),
            },
        )
    csv = sources.drop_csv(rows, _new(folder / "csv"))
    yield (
        "csv_gb18030",
        rows,
        {
            "hub": lambda: _hub("files", {"url": str(csv.parent)}, FILES),
            "dlt": lambda: _dlt.csv(csv, "gb18030"),
        },
    )
    few = min(rows, XLSX_ROWS)
    xlsx = sources.drop_xlsx(few, _new(folder / "xlsx"))
    yield (
        "xlsx",
        few,
        {
            "hub": lambda: _hub("files", {"url": str(xlsx.parent)}, FILES),
            "dlt openpyxl": lambda: _dlt.xlsx(xlsx, "openpyxl"),
            "dlt calamine": lambda: _dlt.xlsx(xlsx, "calamine"),
        },
    )


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _sql_readers(url: str, dlt_url: str, dlt: Any) -> dict[str, Reader]:
    ways = {
        f"dlt {backend}": lambda backend=backend: dlt.sql(dlt_url, backend)
        for backend in dlt.SQL_BACKENDS
    }
    return {"hub": lambda: _hub("sql", {"url": url}, PULL), **ways}


def _hub(transport: str, options: dict[str, Any], pull: Pull) -> int:
    """Rows that the hub's connector yields."""
    return sum(batch.rows.num_rows for batch in make(transport, options, FEED).read(pull))


def _compared(rows: int, readers: dict[str, Reader]) -> dict[str, Any]:
    """Rows a second of each way, in turns, so that a busy moment meets all of them."""
    taken: dict[str, list[float]] = {way: [] for way in readers}
    for _ in range(TIMES):
        for way, reader in readers.items():
            began = time.perf_counter()
            count = reader()
            taken[way].append(time.perf_counter() - began)
            if count != rows:
                raise AssertionError(f"{way}: {count} of {rows} rows came")
    speed = {way: round(rows / median(seconds)) for way, seconds in taken.items()}
    hub = speed.pop("hub")
    best = max(speed, key=lambda way: speed[way])
    ratio = round(hub / speed[best], 2)
    return {"hub_rows_s": hub, "dlt_rows_s": speed[best], "ratio": ratio, "dlt_way": best}


def _memory(rows: int, folder: Path) -> dict[str, Any]:
    """Peak memory of processes that only read: a source of ``rows`` rows, and one of a tenth."""
    figures: dict[str, Any] = {"rows": rows}
    for count, name in ((rows // 10, "peak_rss_mb_of_a_tenth"), (rows, "peak_rss_mb")):
        found = figures.setdefault(name, {})
        with ExitStack() as up:
            url = up.enter_context(sources.postgresql(count, folder))
            found["sql_postgresql"] = _peak("sql", {"url": url}, count)
        with sources.mariadb(count) as url:
            found["sql_mysql"] = _peak("sql", {"url": url}, count)
        path = sources.drop_csv(count, _new(folder / name))
        options = {"url": str(path.parent), "spill": str(folder)}
        found["csv_gb18030"] = _peak("files", options, count)
        path.unlink()
    return figures


def _peak(transport: str, options: dict[str, Any], rows: int) -> float:
    """Mebibytes that a process of its own needs at most to read the source."""
    command = [sys.executable, "-m", "benchmarks.connectors", transport, json.dumps(options)]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    count, peak = json.loads(said)
    if count != rows:
        raise AssertionError(f"{transport}: {count} of {rows} rows came")
    return round(int(peak) / 1024, 1)


def _high_water() -> int:
    """This process's greatest memory in kB. What getrusage says of a child counts its parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    way = sys.argv[1]
    read = _hub(way, json.loads(sys.argv[2]), FILES if way == "files" else PULL)
    print(json.dumps([read, _high_water()]))
