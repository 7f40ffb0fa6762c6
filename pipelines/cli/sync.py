"""`hub sync`: the night, by hand or from cron, as one Dagster run in this process.

    hub sync -> job nightly_sync (or a part of it) -> what each feed brought

Secrets: those that hub.toml refers to.
"""

import logging
import sys
import time
from typing import Any

import click
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from foundation.errors import ConfigError
from pipelines.cli.main import Settings, console, print_json
from pipelines.cli.reconcile import findings, findings_table
from pipelines.unfinished import refuse_half_a_night
from schemas import FEEDS
from schemas.dropin import load_feeds


@click.command()
@click.option("--feed", "feeds", multiple=True, help="Only this DEPARTMENT.FEED; may be repeated.")
@click.option("--full", is_flag=True, help="Read from the beginning; also finds deletions.")
@click.option("--events", is_flag=True, help="Only tickets, alerts and warnings.")
@click.option("--rebuild", is_flag=True, help="Make everything anew from raw.")
@click.option("--reconcile", is_flag=True, help="Compare with the whole of every source. 核对")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@click.pass_obj
def sync(
    settings: Settings,
    feeds: tuple[str, ...],
    full: bool,
    events: bool,
    rebuild: bool,
    reconcile: bool,
    as_json: bool,
) -> None:
    """Pull, check, resolve, build and publish what changed. 同步"""
    jobs = {"rebuild": rebuild, "reconcile": reconcile, "events_sync": events, "nightly_sync": True}
    job = next(name for name, is_asked in jobs.items() if is_asked)
    outcome = run_sync(settings, job, feeds=feeds, full=full, as_json=as_json)
    if as_json:
        print_json(outcome)
    else:
        console().print(feed_table(outcome["feeds"]))
        if reconcile:
            console().print(findings_table(outcome["reconciled"]))
        console().print(f"{outcome['seconds']:.1f} s, run {outcome['run_id']}")
        if outcome["failure"]:
            console().print(f"[red]failed:[/red] {outcome['failure']}")
    sys.exit(0 if outcome["success"] else 1)


def run_sync(
    settings: Settings,
    job: str,
    feeds: tuple[str, ...] = (),
    full: bool = False,
    as_json: bool = False,
) -> dict[str, Any]:
    """Run a job with progress shown; what each feed brought, and how the run ended."""
    load_feeds(settings.home.path / "feeds")
    _known(feeds)
    with settings.home.lock(purpose="checking that nobody writes"):
        pass  # another writer is reported at once, rather than after the start of Dagster
    if job == "events_sync":
        refuse_half_a_night(settings.home)
    began = time.monotonic()
    # What is given here takes the place of the job's own configuration.
    resource: dict[str, Any] = {"home": str(settings.home.path), "full": full}
    resource |= {"rebuild": job == "rebuild", "reconcile": job == "reconcile"}
    if settings.as_of:
        resource["as_of"] = settings.as_of.isoformat()
    with _shown_progress(as_json):
        from pipelines.defs.launch import run_job

        outcome = run_job(job, settings.home, resource, feeds)
    from pipelines.status import last_deliveries

    return {
        "run_id": outcome.run_id,
        "success": outcome.success,
        "failure": outcome.failure,
        "stages": outcome.stages,
        "seconds": round(time.monotonic() - began, 2),
        "feeds": last_deliveries(settings.home, outcome.run_id),
        **({"reconciled": findings(settings, feeds)} if job == "reconcile" else {}),
    }


def _known(feeds: tuple[str, ...]) -> None:
    for feed in feeds:
        if feed not in FEEDS:
            raise ConfigError(
                f"--feed {feed}",
                "there is no feed of that name",
                "nothing was run",
                "write DEPARTMENT.FEED as in `hub status`",
            )


class _shown_progress:  # noqa: N801 - a context manager that reads as a phrase
    """Shows each message of the run as the present step."""

    def __init__(self, as_json: bool) -> None:
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console(as_json),
            transient=True,
        )

    def __enter__(self) -> None:
        self.progress.start()
        task = self.progress.add_task("starting")
        self.handler = _ToProgress(self.progress, task)
        logger = logging.getLogger("resident_hub.run")
        logger.setLevel(logging.INFO)
        logger.addHandler(self.handler)
        logger.propagate = False

    def __exit__(self, *_: object) -> None:
        logging.getLogger("resident_hub.run").removeHandler(self.handler)
        self.progress.stop()


class _ToProgress(logging.Handler):
    def __init__(self, progress: Progress, task: Any) -> None:
        super().__init__()
        self.progress, self.task = progress, task

    def emit(self, record: logging.LogRecord) -> None:
        self.progress.update(self.task, description=record.getMessage())


def feed_table(rows: list[dict[str, Any]]) -> Table:
    """What each feed brought: delivered = known + conformed + quarantined (+ suppressed: of people
    who were erased, where there are any)."""
    erased = any(row["suppressed"] for row in rows)
    numbers = [
        "delivered",
        "known",
        "conformed",
        "quarantined",
        *(["suppressed"] if erased else []),
    ]
    table = Table(title=f"交付 = 已知 + 入库 + 隔离{' + 已删除人员' if erased else ''}")
    for name in ("feed", "state", *numbers):
        table.add_column(
            name, justify="left" if name in ("feed", "state") else "right", no_wrap=True
        )
    for row in rows:
        table.add_row(row["feed"], row["state"], *(f"{row[n]:,}" for n in numbers))
    total = [sum(row[n] for row in rows) for n in numbers]
    table.add_section()
    table.add_row("in all 合计", "", *(f"{n:,}" for n in total))
    return table
