"""A first load and a night with about 1 % changed, of a county that delivers over real transports.

    sandbox build, serve -> hub sync (timed, own process) -> advance -> hub sync (timed)

Needs no secrets. Alone: ``hub bench sync --residents 20000``.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation.engine import attach
from foundation.home import Home
from foundation.postgres import EmbeddedPostgres
from pipelines.cli.county import COUNTY, DROP, STATE
from pipelines.hub import Hub
from sandbox.advance import advance
from sandbox.build import build_county
from sandbox.serve import serve
from sandbox.state import write_whole
from sandbox.toml import to_toml


@dataclass(frozen=True)
class Night:
    """One timed sync: seconds of the whole process, its peak memory, and what `hub sync` said."""

    seconds: float
    peak_rss_mb: float
    said: dict[str, Any]

    @property
    def appended(self) -> int:
        """Rows that were new to raw."""
        return sum(int(feed["appended"]) for feed in self.said["feeds"])

    @property
    def balanced(self) -> bool:
        """delivered = known + conformed + quarantined + suppressed for every feed."""
        return all(
            feed["delivered"]
            == feed["known"] + feed["conformed"] + feed["quarantined"] + feed["suppressed"]
            for feed in self.said["feeds"]
        )


def run(residents: int = 1_000_000, seed: int = 7, folder: str | None = None) -> dict[str, Any]:
    """Measure; `folder` keeps the county and the hub, else they are removed at the end."""
    base = Path(folder or tempfile.mkdtemp(prefix="hub-bench-"))
    home = Home(base / "home")
    county = home.sandbox / COUNTY
    if not (county / "county.json").exists():
        build_county(residents, seed, county)
    try:
        return _measured(home, county, residents)
    finally:
        EmbeddedPostgres(home.postgres).remove()
        if folder is None:
            shutil.rmtree(base, ignore_errors=True)


def first_load(home: Home, residents: int, seed: int) -> None:
    """A county of so many residents in the home's lake, by its first sync."""
    county = home.sandbox / COUNTY
    if not (county / "county.json").exists():
        build_county(residents, seed, county)
    with serve(county, state=home.sandbox / STATE, drop=home.sandbox / DROP) as served:
        write_whole(home.config_file, to_toml(served.sources()).encode())
        _sync(home, served.state.today)
        served.stop(purge=True)


def _measured(home: Home, county: Path, residents: int) -> dict[str, Any]:
    state = home.sandbox / STATE
    with serve(county, state=state, drop=home.sandbox / DROP) as served:
        write_whole(home.config_file, to_toml(served.sources()).encode())
        first = _sync(home, served.state.today)
        loaded = _raw_rows(home)
        day = advance(county, state)
        night = _sync(home, day.isoformat())
        idle = _sync(home, day.isoformat())
        served.stop(purge=True)
    return {
        "residents": residents,
        "mentions": _mentions(home),
        "rebuild_s": first.seconds,
        "nightly_s": night.seconds,
        "idle_s": idle.seconds,
        "change_share": round(night.appended / loaded, 5),
        "peak_rss_mb": max(first.peak_rss_mb, night.peak_rss_mb),
        "row_balance": first.balanced and night.balanced and idle.balanced,
        "rows_when_idle": idle.appended,
        "stages": {"rebuild": first.said["stages"], "nightly": night.said["stages"]},
        "failures": [n.said["failure"] for n in (first, night, idle) if n.said["failure"]],
    }


def _sync(home: Home, day: str) -> Night:
    """Run `hub sync` in a process of its own, so that start-up and memory count."""
    command = [sys.executable, "-m", "pipelines.cli", "--home", str(home.path), "--as-of", day]
    began = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([*command, "sync", "--json"], stdout=output)
        _, _, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        output.seek(0)
        said = json.load(output)
    return Night(round(seconds, 2), round(usage.ru_maxrss / 1024, 1), said)


def _raw_rows(home: Home) -> int:
    lake = Hub.open(home).lake
    return sum(table.num_rows for table in lake.tables("raw"))


def _mentions(home: Home) -> int:
    hub = Hub.open(home)
    with hub.connect() as con:
        attach(con, hub.lake, ["identity.mention"])
        [(count,)] = con.execute("select count(*) from identity.mention").fetchall()
    return int(count)
