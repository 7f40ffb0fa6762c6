"""`hub feedback`: what goes back to the departments, and how long they take to mend it.

    run -> <home>/feedback/<department>/<day>.xlsx, .parquet      status -> open, closed, days

Counts only: the values are in the files, which only the home's owner may read. Needs no secrets.
"""

from typing import Any

import click

from pipelines.cli.look import show_rows
from pipelines.cli.main import Settings, console, print_json
from pipelines.hub import Hub
from schemas.feeds import DEPARTMENTS


@click.group()
def feedback() -> None:
    """What is wrong in each department's data goes back to it. 数据问题反馈"""


@feedback.command("run")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def run_(settings: Settings, as_json: bool) -> None:
    """Write the departments' files now; every nightly sync does it too."""
    hub = Hub.open(settings.home, settings.as_of)
    # Not before the hub is open: rules between departments are bound to its declared feeds too.
    from pipelines.feedback.run import give_back

    with settings.home.lock(purpose="giving back to the departments"):
        report = give_back(hub)
    if as_json:
        print_json(report.to_dict())
        return
    console().print(report.summary())
    for department, path in report.files.items():
        console().print(f"{DEPARTMENTS.get(department, department)}  {path}", soft_wrap=True)


@feedback.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def status(settings: Settings, as_json: bool) -> None:
    """What is open and closed by department, the days it took to mend, and the newest file."""
    from pipelines.feedback.run import feedback_status

    rows = feedback_status(Hub.open(settings.home, settings.as_of))
    if as_json:
        print_json(rows)
        return
    show_rows([_shown(row) for row in rows], as_json)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "department": row["department"],
        "severity": row["severity"],
        "open": row["open_items"],
        "oldest": row["oldest_open_on"],
        "mended": row["corrected_items"],
        "median days": row["median_days"],
    }
