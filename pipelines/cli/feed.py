"""`hub feed`: a new department's feed, from a look at its source to its first rows.

    new (look, propose, write <home>/feeds/NAME.toml) -> try -> hub sync;  hand-in

Secrets are named, never typed: --secret password=env:NAME or --secret password=file:PATH.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from foundation.clock import business_date
from foundation.config import Secret
from foundation.errors import ConfigError
from foundation.home import Home, write_private
from pipelines.cli.look import show_rows
from pipelines.cli.main import Settings, console, print_json
from pipelines.hub import Hub
from schemas import FEEDS, Feed
from schemas.dropin import load_feeds, read_feed

NOTHING = "nothing was written"
_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


@click.group()
def feed() -> None:
    """Declare, try and hand in the feed of a new department. 接入新部门"""


@feed.command()
@click.argument("name")
@click.argument("source")
@click.option("--table", help="The table or view, where SOURCE is a database.")
@click.option("--department-zh", help="The department's Chinese name, e.g. 卫健.")
@click.option("--title-zh", help="The feed's Chinese name, e.g. 疫苗接种.")
@click.option("--key", help="What identifies a row: COLUMN[,COLUMN]. [default: found out]")
@click.option("--cursor", help="The column that tells what changed. [default: found out]")
@click.option("--delivery", type=click.Choice(["cursor", "snapshot", "increment", "append"]))
@click.option(
    "--option", "options", multiple=True, help="NAME=VALUE of the source, auth.kind=bearer."
)
@click.option("--secret", "secrets", multiple=True, help="NAME=env:VARIABLE or NAME=file:PATH.")
@click.option("--print", "only_print", is_flag=True, help="Print the proposal and write nothing.")
@click.option("--replace", is_flag=True, help="Propose anew over a declaration that is there.")
@click.option("--try", "try_it", is_flag=True, help="Then try it, as `hub feed try` does.")
@click.pass_context
def new(
    ctx: click.Context,
    name: str,
    source: str,
    table: str | None,
    department_zh: str | None,
    title_zh: str | None,
    key: str | None,
    cursor: str | None,
    delivery: str | None,
    options: tuple[str, ...],
    secrets: tuple[str, ...],
    only_print: bool,
    replace: bool,
    try_it: bool,
) -> None:
    """Look at SOURCE and propose the declaration of NAME (department.feed).

    SOURCE is an SQLAlchemy url, an http(s) address, or a file: a path, sftp:// or s3://.
    """
    from pipelines.propose.new import Wish, propose_feed

    settings: Settings = ctx.obj
    home = settings.home
    target = _target(home, name, replace or only_print)
    read_by, told = _options(home, (*options, *([f"table={table}"] if table else [])), secrets)
    wish = Wish(
        name,
        source,
        read_by,
        told,
        department_zh,
        title_zh,
        tuple(key.split(",")) if key else (),
        cursor,
        delivery,
        business_date(settings.as_of),
    )
    made = propose_feed(home, wish, keep=not only_print)
    click.echo(made.text)
    if only_print:
        return
    write_private(target, made.text)
    read_feed(target)  # what was written is what will be read
    console(True).print(f"written: {target}", soft_wrap=True)
    if made.handed_in:
        console(True).print(f"the file was handed in as {made.handed_in}", soft_wrap=True)
    if try_it:
        ctx.invoke(try_, name=name, as_json=False)
    else:
        console(True).print(f"next: look it over, then `hub feed try {name}`, then `hub sync`")


@feed.command("try")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def try_(settings: Settings, name: str, as_json: bool) -> None:
    """Pull, check and count the feed NAME twice in a scratch home; the hub is not touched."""
    from pipelines.propose.trial import try_feed

    hub = Hub.open(settings.home, settings.as_of)
    trial = try_feed(hub, _known(name))
    if as_json:
        print_json(trial.to_dict())
        raise SystemExit(0 if trial.state == "ok" else 1)
    out = console()
    out.print(
        f"{name}: {trial.state}; delivered {trial.delivered:,} = conformed {trial.conformed:,}"
        f" + quarantined {trial.quarantined:,}"
    )
    if trial.message:
        out.print(trial.message, markup=False)
    out.print(f"a second pull: {trial.again_delivered:,} delivered, {trial.again_known:,} known")
    if trial.drift:
        out.print(f"not declared: {', '.join(trial.drift)}", markup=False)
    if trial.rules:
        show_rows(trial.rules, False)
    for slot, counts in trial.people.items():
        out.print(
            f"person {slot}: {counts['named']:,} named, {counts['with_number']:,} with a number"
        )
    raise SystemExit(0 if trial.state == "ok" else 1)


@feed.command("hand-in")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Day of delivery.")
@click.pass_obj
def hand_in(settings: Settings, name: str, file: Path, day: datetime | None) -> None:
    """Put FILE where the feed NAME is delivered, under the right name and with its manifest."""
    from pipelines.propose.new import hand_in_file

    hub = Hub.open(settings.home, settings.as_of)
    date = day.date() if day else hub.as_of
    target = hand_in_file(hub, _known(name), file, date)
    console().print(f"handed in as {target}; `hub sync` takes it", soft_wrap=True)


def _known(name: str) -> Feed:
    if name not in FEEDS:
        raise ConfigError(
            name, "there is no feed of that name", "nothing was run", "see `hub feed new --help`"
        )
    return FEEDS[name]


def _target(home: Home, name: str, may_exist: bool) -> Path:
    if not _NAME.fullmatch(name):
        raise ConfigError(
            name,
            "a feed's name is department.feed, in lower-case ASCII",
            NOTHING,
            "e.g. health.vaccination",
        )
    target = home.feeds / f"{name}.toml"
    if target.exists() and not may_exist:
        raise ConfigError(name, f"{target} is there already", NOTHING, "edit it, or add --replace")
    if not target.exists():
        load_feeds(home.feeds)
        if name in FEEDS:
            raise ConfigError(name, "the hub has that feed already", NOTHING, "choose another name")
    return target


def _options(
    home: Home, given: tuple[str, ...], secrets: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options with secrets in clear, to look with, and with references, to write down."""
    clear: dict[str, Any] = {}
    written: dict[str, Any] = {}
    for text in given:
        name, value = _pair(text, "--option")
        for options in (clear, written):
            _put(options, name, int(value) if value.isdecimal() else value)
    for text in secrets:
        name, reference = _pair(text, "--secret")
        kind, _, where = reference.partition(":")
        if kind not in ("env", "file") or not where:
            raise ConfigError(
                f"--secret {name}",
                "it is no reference",
                NOTHING,
                "write NAME=env:VARIABLE or NAME=file:PATH",
            )
        secret = (
            Secret(env=where)
            if kind == "env"
            else Secret(file=home.path / Path(where).expanduser())
        )
        _put(clear, name, secret.reveal())
        _put(written, name, {kind: where})
    return clear, written


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise ConfigError(f"{option} {name}", "it is not NAME=VALUE", NOTHING, "write NAME=VALUE")
    return name, value


def _put(options: dict[str, Any], name: str, value: Any) -> None:
    *outer, last = name.split(".")
    for part in outer:
        options = options.setdefault(part, {})
    options[last] = value
