"""Rows a second into Arrow, for the hub and for dlt on the same sources in one run; and memory.

    sources made here -> connectors.make(...).read | dlt's resource -> Arrow -> median of three

Of dlt's ways only the fastest, found by a trial, is compared. What is slow in dlt gets fewer rows,
for both sides alike. ``memory_rows`` asks for the memory too, which takes many minutes at ten
million. Says on stderr where it is. Needs the development dependencies and a MariaDB. Secrets
needed: none. Alone: ``hub bench connectors --json``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
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
# At most so many rows, where dlt takes seconds for each 100,000.
REST_ROWS, CSV_ROWS, XLSX_ROWS = 200_000, 200_000, 50_000
Reader = Callable[[], int]
Taken = tuple[float, float]  # seconds on the clock, and of this process's CPU


@dataclass(frozen=True)
class Case:
    """One source while it is up. rows: how many it has. dlt: by name, the ways in which dlt can
    read it. trials: what tells the fastest of them, where reading everything would take too long.
    """

    name: str
    rows: int
    hub: Reader
    dlt: Mapping[str, Reader]
    trials: Mapping[str, Reader] = field(default_factory=dict)


def run(rows: int = 1_000_000, memory_rows: int = 0) -> dict[str, Any]:
    """Measure all sources at ``rows`` rows or their own limit; ``memory_rows`` 0 leaves the memory
    out.
    """
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as made:
        folder = Path(made)
        os.environ["DLT_DATA_DIR"] = str(folder / "dlt")
        figures: dict[str, Any] = {}
        for case in _cases(rows, folder):
            figures[case.name] = _compared(case)
            _say(case.name, f"{figures[case.name]}")
        if memory_rows:
            figures["memory"] = _memory(memory_rows, folder)
    return {"rows": rows, **figures}


def _say(source: str, what: str) -> None:
    print(f"{source:<15} {what}", file=sys.stderr, flush=True)


def _cases(rows: int, folder: Path) -> Iterator[Case]:
    from benchmarks import _dlt  # a development dependency

    _say("sql_postgresql", f"{rows} rows are being made")
    with sources.postgresql(rows, folder) as url:
        yield _sql("sql_postgresql", rows, url, url, _dlt)
    _say("sql_mysql", f"{rows} rows are being made")
    with sources.mariadb(rows) as url:
        yield _sql("sql_mysql", rows, url, url.replace("mysql:", "mysql+pymysql:"), _dlt)
    yield from _rest(min(rows, REST_ROWS), folder, _dlt)
    yield _csv(min(rows, CSV_ROWS), folder, _dlt)
    yield _xlsx(min(rows, XLSX_ROWS), folder, _dlt)


def _sql(name: str, rows: int, url: str, dlt_url: str, dlt: Any) -> Case:
    whole = {way: partial(dlt.sql, dlt_url, way) for way in dlt.SQL_BACKENDS}
    trials = {way: partial(dlt.sql, dlt_url, way, parts=1) for way in dlt.SQL_BACKENDS}
    return Case(name, rows, lambda: _hub("sql", {"url": url}, PULL), whole, trials)


def _rest(rows: int, folder: Path, dlt: Any) -> Iterator[Case]:
    _say("rest", f"{rows} rows are being made")
    with sources.rest(rows, _new(folder / "rest")) as (url, secret):
        options = {"base_url": url, "page_size": PAGE_SIZE, "path": sources.SHOP.source}
        signed = {"kind": "hmac", "key_id": "hub", "secret": secret}
        yield Case(
            "rest",
            rows,
            lambda: _hub("rest", {**options, "auth": signed}, PULL),
            {"rest_api": lambda: dlt.rest(url, secret, PAGE_SIZE)},
        )


def _csv(rows: int, folder: Path, dlt: Any) -> Case:
    _say("csv_gb18030", f"{rows} rows are being made")
    path = sources.drop_csv(rows, _new(folder / "csv"))
    options = {"url": str(path.parent)}
    ways: dict[str, Reader] = {"pandas": lambda: dlt.csv(path, "gb18030")}
    return Case("csv_gb18030", rows, lambda: _hub("files", options, FILES), ways)


def _xlsx(rows: int, folder: Path, dlt: Any) -> Case:
    _say("xlsx", f"{rows} rows are being made")
    path = sources.drop_xlsx(rows, _new(folder / "xlsx"))
    few = sources.drop_xlsx(min(rows, 2000), _new(folder / "few"))
    whole = {way: partial(dlt.xlsx, path, way) for way in dlt.EXCEL_ENGINES}
    trials = {way: partial(dlt.xlsx, few, way) for way in dlt.EXCEL_ENGINES}
    options = {"url": str(path.parent)}
    return Case("xlsx", rows, lambda: _hub("files", options, FILES), whole, trials)


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _hub(transport: str, options: dict[str, Any], pull: Pull) -> int:
    """Rows that the hub's connector yields."""
    return sum(batch.rows.num_rows for batch in make(transport, options, FEED).read(pull))


def _compared(case: Case) -> dict[str, Any]:
    """Rows a second of both sides, in turns, so that a busy moment meets both; the ratio also by
    this process's CPU seconds, which others on the machine lengthen less.
    """
    way = _fastest(case)
    sides = {"hub": case.hub, f"dlt {way}": case.dlt[way]}
    taken: dict[str, list[Taken]] = {side: [] for side in sides}
    for _ in range(TIMES):
        for side, reader in sides.items():
            taken[side].append(_taken(case, side, reader))
    (hub, hub_cpu), (dlt, dlt_cpu) = (
        [median(times) for times in zip(*of_side, strict=True)] for of_side in taken.values()
    )
    return {
        "hub_rows_s": round(case.rows / hub),
        "dlt_rows_s": round(case.rows / dlt),
        "ratio": round(dlt / hub, 2),
        "ratio_of_cpu": round(dlt_cpu / hub_cpu, 2),
        "rows": case.rows,
        "dlt_way": way,
    }


def _fastest(case: Case) -> str:
    """dlt's fastest way to read the source, by CPU: a busy machine may stretch a short trial to any
    length. The first trial of each warms it up.
    """
    if len(case.dlt) == 1:
        return next(iter(case.dlt))
    seconds: dict[str, float] = {}
    for way, reader in case.trials.items():
        reader()
        began = time.process_time()
        rows = reader()
        seconds[way] = time.process_time() - began
        _say(case.name, f"trial of dlt {way}: {rows} rows in {seconds[way]:.2f} s of CPU")
    return min(seconds, key=lambda way: seconds[way])


def _taken(case: Case, side: str, reader: Reader) -> Taken:
    began, cpu_began = time.perf_counter(), time.process_time()
    count = reader()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    _say(case.name, f"{side}: {count} rows in {seconds:.1f} s ({cpu:.1f} s of CPU)")
    if count != case.rows:
        raise AssertionError(f"{side}: {count} of {case.rows} rows came")
    return seconds, cpu


def _memory(rows: int, folder: Path) -> dict[str, Any]:
    """Peak memory of processes that only read: a source of ``rows`` rows, and one of a tenth."""
    figures: dict[str, Any] = {"rows": rows}
    for count, name in ((rows // 10, "peak_rss_mb_of_a_tenth"), (rows, "peak_rss_mb")):
        found = figures.setdefault(name, {})
        _say("memory", f"{count} rows of each source")
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
