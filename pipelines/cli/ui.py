"""`hub ui`: the Dagster UI and its daemon, on the hub's own instance; `hub down`: end what runs.

    hub ui -> dagster-webserver + dagster-daemon on DAGSTER_HOME = home/dagster

Listens on loopback unless told otherwise: the UI has no login of its own. Needs no secrets.
"""

import os
import signal
import subprocess
import sys

import click

from foundation.postgres import EmbeddedPostgres
from pipelines.cli.county import purge_county, stop_county
from pipelines.cli.main import Settings, console


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=3000, show_default=True, help="Port to listen on.")
@click.option("--daemon/--no-daemon", default=True, help="Also run the schedules.")
@click.pass_obj
def ui(settings: Settings, host: str, port: int, daemon: bool) -> None:
    """Open the Dagster UI: assets, checks, runs. 运行界面"""
    from pipelines.defs.launch import bury_dead_runs, prepare_instance

    folder = prepare_instance(settings.home)
    bury_dead_runs(settings.home)
    address = f"http://{'localhost' if host == '127.0.0.1' else host}:{port}"
    console().print(f"the UI is at {address} (stop it with Ctrl-C)")
    module = ["-m", "pipelines.definitions"]
    commands = [[sys.executable, "-m", "dagster_webserver", *module, "-h", host, "-p", str(port)]]
    if daemon:
        commands.append([sys.executable, "-m", "dagster._daemon", "run", *module])
    _run_together(commands, {**os.environ, "DAGSTER_HOME": str(folder)})


@click.command()
@click.pass_obj
def down(settings: Settings) -> None:
    """End what the demo left running: the county and the database. 停止

    What the county keeps on a MariaDB of this machine is removed; serving it loads it again.
    """
    stop_county(settings.home)
    purge_county(settings.home)
    postgres = EmbeddedPostgres(settings.home.postgres)
    if postgres.is_running:
        postgres.stop()
        console().print("the hub's PostgreSQL has stopped; its data stays")


def _ended(process: subprocess.Popen[bytes], patience_s: float = 20) -> None:
    """Wait for a process that was asked to end, and end it with its children if it does not."""
    try:
        process.wait(timeout=patience_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _run_together(commands: list[list[str]], environment: dict[str, str]) -> None:
    """Run until one ends or the user interrupts; then end all of them."""
    processes = [
        subprocess.Popen(command, env=environment, start_new_session=True) for command in commands
    ]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        processes[0].wait()
    finally:
        for process in processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in processes:
            _ended(process)
