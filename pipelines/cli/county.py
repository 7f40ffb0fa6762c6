"""`hub sandbox`: a synthetic county that delivers over real transports.

    build -> COUNTY/      serve -> departments on loopback      advance -> the next day is true

Secrets are generated into the state folder. Needs none.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import psutil

from foundation.errors import HubError
from foundation.home import Home
from pipelines.cli.main import Settings, console

STATE, DROP, COUNTY = "state", "drop", "county"


@click.group()
def sandbox() -> None:
    """A synthetic county that delivers like a real one. 模拟县域"""


@sandbox.command()
@click.option("--residents", default=20_000, show_default=True, help="Registered residents.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same county.")
@click.option("--days", default=10, show_default=True, help="Days that can be made true later.")
@click.option("--damage", default=1.0, show_default=True, help="Multiplies every rate of damage.")
@click.argument("folder", type=click.Path(path_type=Path))
def build(folder: Path, residents: int, seed: int, days: int, damage: float) -> None:
    """Write a county folder."""
    from sandbox.build import build_county

    with console().status(f"building a county of {residents:,} residents"):
        summary = build_county(residents, seed, folder, days=days, damage=damage)
    console().print(f"{folder}: {summary}")


@sandbox.command()
@click.option("--write-config", type=click.Path(path_type=Path), help="Write hub.toml here.")
@click.option("--fault", multiple=True, help="KIND[@DEPARTMENT[.FEED]][=VALUE], may be repeated.")
@click.argument("folder", type=click.Path(path_type=Path, exists=True), required=False)
@click.pass_obj
def serve(
    settings: Settings, folder: Path | None, write_config: Path | None, fault: tuple[str, ...]
) -> None:
    """Deliver a county folder until interrupted. Without FOLDER, the demo's county."""
    from sandbox.faults import Faults
    from sandbox.serve import serve_forever

    base = settings.home.sandbox
    serve_forever(
        folder or base / COUNTY,
        state=base / STATE,
        drop=base / DROP,
        faults=Faults.parse(fault),
        write_config=write_config,
    )


@sandbox.command()
@click.option("--fault", multiple=True, help="Replaces the faults that are on; none for no fault.")
@click.argument("folder", type=click.Path(path_type=Path, exists=True), required=False)
@click.pass_obj
def advance(settings: Settings, folder: Path | None, fault: tuple[str, ...]) -> None:
    """Make the next day true; faults stay as they are unless given."""
    from sandbox.advance import advance as next_day
    from sandbox.faults import Faults

    base = settings.home.sandbox
    faults = Faults.parse([] if fault == ("none",) else fault) if fault else None
    day = next_day(folder or base / COUNTY, base / STATE, faults)
    console().print(f"it is now {day}; `hub --as-of {day} sync` brings the hub there")


@sandbox.command()
@click.pass_obj
def stop(settings: Settings) -> None:
    """End the county that `hub demo` serves in the background."""
    stop_county(settings.home)


def stop_county(home: Home) -> None:
    """End the county that is served in the background, if there is one."""
    pid = served_by(home)
    if pid is None:
        console().print("no county is being served in the background")
        return
    os.kill(pid, signal.SIGTERM)
    psutil.wait_procs([psutil.Process(pid)], timeout=30)
    console().print("the county has stopped delivering")


def _pid_file(home: Home) -> Path:
    return home.sandbox / "serve.pid"


def purge_county(home: Home) -> None:
    """Remove the home's county from servers that are not the hub's, if it ever was there."""
    from sandbox.serve import purge_shared

    if (home.sandbox / STATE / "state.json").exists():
        for name in purge_shared(home.sandbox / STATE):
            console().print(f"MariaDB no longer holds {name}")


def served_by(home: Home) -> int | None:
    """The process that serves the home's county in the background, if it lives."""
    target = _pid_file(home)
    if not target.exists():
        return None
    pid = int(target.read_text())
    try:
        running = "sandbox" in psutil.Process(pid).cmdline()
    except psutil.Error:
        return None
    return pid if running else None


def serve_in_background(home: Home, patience_s: float = 120) -> None:
    """Start ``hub sandbox serve`` for the home's county and wait until hub.toml names it."""
    if served_by(home) is not None:
        return
    home.config_file.unlink(missing_ok=True)
    log = home.sandbox / "serve.log"
    command = [sys.executable, "-m", "pipelines.cli", "--home", str(home.path), "sandbox", "serve"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--write-config", str(home.config_file)],
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    _pid_file(home).write_text(str(process.pid))
    deadline = time.monotonic() + patience_s
    while not home.config_file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise HubError(
                "hub sandbox serve",
                "the county did not start to deliver",
                "nothing was pulled",
                f"see {log}",
            )
        time.sleep(0.1)
