"""`hub quarantine`: the rows that broke an error rule, why, and how they come back.

    list -> show -> (mended at the source, or a changed rule) -> replay

Personal values are covered unless --unmask is given. Needs no secrets.
"""

import click

from foundation.errors import ConfigError
from pipelines.cli.look import show_rows
from pipelines.cli.main import Settings, console
from pipelines.hub import Hub
from schemas import FEEDS, Feed


@click.group()
def quarantine() -> None:
    """Rows that broke an error rule. 隔离区"""


@quarantine.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """Count the rows by feed and rule."""
    from pipelines.quarantine import list_quarantine

    show_rows(list_quarantine(Hub.open(settings.home, settings.as_of)), as_json)


@quarantine.command()
@click.argument("feed")
@click.option("--limit", default=20, show_default=True, help="Rows at the most.")
@click.option("--unmask", is_flag=True, help="Show personal values.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def show(settings: Settings, feed: str, limit: int, unmask: bool, as_json: bool) -> None:
    """Show the rows of one FEED (department.feed)."""
    from pipelines.quarantine import show_quarantine

    hub = Hub.open(settings.home, settings.as_of)
    show_rows(show_quarantine(hub, _feed(feed), limit=limit, unmask=unmask), as_json)


@quarantine.command()
@click.argument("feed")
@click.pass_obj
def replay(settings: Settings, feed: str) -> None:
    """Judge the rows of one FEED again; those that pass go on with the next sync."""
    from pipelines.quarantine import replay as judge_again

    with settings.home.lock(purpose="replaying quarantine"):
        report = judge_again(Hub.open(settings.home, settings.as_of), _feed(feed))
    console().print(f"{feed}: {report.reentered} rows re-entered")


def _feed(name: str) -> Feed:
    if name not in FEEDS:
        raise ConfigError(
            name,
            "there is no feed of that name",
            "nothing was changed",
            "see `hub quarantine list`",
        )
    return FEEDS[name]
