"""`hub quarantine`: the rows that broke an error rule, why, and how they come back.

    list -> show -> (mended at the source, or a changed rule) -> replay

Personal values are covered unless --unmask is given, which takes a purpose and is on record.
Secrets: the warehouse's URL, for --unmask.
"""

from datetime import datetime
from itertools import groupby
from typing import Any

import click
from rich.table import Table

from foundation.clock import SHANGHAI
from foundation.errors import ConfigError
from pipelines.cli.look import show_rows
from pipelines.cli.main import Settings, console, print_json
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

    rows = list_quarantine(Hub.open(settings.home, settings.as_of))
    if as_json or not rows:
        print_json(rows) if as_json else console().print("nothing is in quarantine 无隔离行")
    else:
        console().print(_count_table(rows))


def _count_table(rows: list[dict[str, Any]]) -> Table:
    """The rules that rows broke, below the feed that they are of."""
    table = Table(box=None, pad_edge=False)
    table.add_column("rows", justify="right")
    table.add_column("feed, rule 规则", no_wrap=True)
    table.add_column("since", no_wrap=True)
    table.add_column("", overflow="fold")
    for feed, counts in groupby(rows, key=lambda row: row["feed"]):
        table.add_row("", f"[bold]{feed}[/bold]")
        for row in counts:
            said = f"{row['title_zh']} {row['title']}"
            table.add_row(f"{row['rows']:,}", f"  {row['rule']}", _day(row["since"]), said)
    return table


def _day(since: str) -> str:
    return f"{datetime.fromisoformat(since).astimezone(SHANGHAI):%Y-%m-%d}"


@quarantine.command()
@click.argument("feed")
@click.option("--rule", help="Only rows that broke this rule.")
@click.option("--limit", default=20, show_default=True, help="Rows at the most.")
@click.option("--unmask", is_flag=True, help="Show personal values; needs --purpose.")
@click.option("--purpose", help="Why they are shown; kept in the audit log.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def show(
    settings: Settings,
    feed: str,
    rule: str | None,
    limit: int,
    unmask: bool,
    purpose: str | None,
    as_json: bool,
) -> None:
    """Show the rows of one FEED (department.feed)."""
    from pipelines.quarantine import show_quarantine

    hub = Hub.open(settings.home, settings.as_of)
    if unmask:
        from pipelines.access import watched

        said = watched.checked(purpose, "hub quarantine show --unmask")
        watched.note(hub.warehouse_url(), "quarantine", said, f"{_feed(feed).id} {rule or ''}")
    rows = show_quarantine(hub, _feed(feed), rule=rule, limit=limit, unmask=unmask)
    if not as_json:
        rows = [row | {"_rules": ", ".join(row["_rules"])} for row in rows]
    show_rows(rows, as_json)


@quarantine.command()
@click.argument("feed")
@click.option("--accept-held", is_flag=True, help="Let a batch pass that waits as a whole.")
@click.option(
    "--discard-unreadable",
    is_flag=True,
    help="Take out lines and rows without a key: nothing delivered later replaces them.",
)
@click.pass_obj
def replay(settings: Settings, feed: str, accept_held: bool, discard_unreadable: bool) -> None:
    """Judge the rows of one FEED again; those that pass go on with the next sync."""
    from pipelines import quarantine as ledger

    with settings.home.lock(purpose="replaying quarantine"):
        hub = Hub.open(settings.home, settings.as_of)
        gone = ledger.discard_unreadable(hub, _feed(feed)) if discard_unreadable else 0
        report = ledger.replay(hub, _feed(feed), accept_held=accept_held)
        left = hub.lake.table("quarantine", _feed(feed).table).num_rows
    discarded = f", {gone:,} were discarded" if discard_unreadable else ""
    told = f"{feed}: {report.reentered:,} rows re-entered{discarded}, {left:,} stay"
    console().print(f"{told}; the next `hub sync` takes them on")
    for reason in report.held.reasons:
        console().print(f"held: {reason.rule}: {reason.message}")


def _feed(name: str) -> Feed:
    if name not in FEEDS:
        raise ConfigError(
            name,
            "there is no feed of that name",
            "nothing was changed",
            "see `hub quarantine list`",
        )
    return FEEDS[name]
