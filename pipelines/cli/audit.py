"""`hub audit`: whether the log of who opened whose data holds, and who looked at a person.

    verify, person -> pipelines.access.audit -> PostgreSQL, home/audit/heads.jsonl

Secrets: the warehouse's URL.
"""

import sys

import click

from pipelines.cli.look import show_rows
from pipelines.cli.main import Settings, console, print_json
from pipelines.hub import Hub


@click.group()
def audit() -> None:
    """The log of who opened whose data. 访问审计"""


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def verify(settings: Settings, as_json: bool) -> None:
    """Whether the log is whole and unchanged; exit code 1 if not. 核验"""
    from pipelines.access.audit import verify as faults_of

    faults = faults_of(settings.home, Hub.open(settings.home, settings.as_of).warehouse_url())
    if as_json:
        print_json(faults)
    elif faults:
        show_rows(faults, as_json)
    else:
        console().print("the audit log is whole; every head that was copied is in it")
    sys.exit(1 if faults else 0)


@audit.command()
@click.argument("resident_id")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def person(settings: Settings, resident_id: str, as_json: bool) -> None:
    """Who opened this resident's data, when and why. 谁查看过此人"""
    from pipelines.access.audit import looks_at

    url = Hub.open(settings.home, settings.as_of).warehouse_url()
    show_rows(looks_at(url, resident_id), as_json)
