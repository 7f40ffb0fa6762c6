"""The `hub` command and what its parts share: options, output, errors.

    hub [--home DIR] [--as-of DAY] COMMAND ...

Commands are imported when they are called, so that ``hub sql`` does not wait for Dagster.
Needs no secrets. Alone: ``python -m pipelines.cli``.
"""

import importlib
import json
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

import click
from rich.console import Console

from foundation.errors import HubError
from foundation.home import Home
from foundation.redact import install_redaction, safe_exception

_MODULES = {
    "demo": "demo",
    "sandbox": "county",
    "sync": "sync",
    "status": "look",
    "find": "look",
    "sql": "look",
    "why": "steward",
    "review": "steward",
    "model": "model",
    "quarantine": "quarantine",
    "feedback": "feedback",
    "feed": "feed",
    "docs": "docs",
    "export": "export",
    "ui": "ui",
    "down": "ui",
    "address": "look",
    "access": "access",
    "audit": "audit",
    "erase": "erase",
    "retention": "retention",
    "contract": "contract",
    "bench": "bench",
    "link": "link",
}


class _Commands(click.Group):
    """Loads a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        module = importlib.import_module(f"pipelines.cli.{_MODULES[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", envvar="HUB_HOME", help="The hub's home folder. [default: ./.hub]")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Business date. [default: today]")
@click.version_option(package_name="resident-hub")
@click.pass_context
def hub(ctx: click.Context, home: str | None, as_of: Any) -> None:
    """resident-hub: one warehouse over what the departments know of residents.

    居民数据汇聚平台：汇集各部门数据，质检、识别同一人、同一户、同一住房，发布统一数据仓库。
    """
    day: date | None = as_of.date() if as_of else None
    ctx.obj = Settings(Home.find(home), day)


class Settings:
    """What the options before the command said."""

    def __init__(self, home: Home, as_of: date | None) -> None:
        self.home = home
        self.as_of = as_of


def console(as_json: bool = False) -> Console:
    """Where people read: standard error when a machine reads standard output."""
    return Console(stderr=as_json, highlight=False)


def print_json(value: Any) -> None:
    """One JSON document on standard output, Chinese as it is."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; errors say where, what, what became of the data, what to do."""
    install_redaction()
    try:
        hub.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped; what was committed stays, the rest is done next time", err=True)
        sys.exit(130)
    except HubError as error:
        click.echo(f"hub: {error}", err=True)
        sys.exit(1)
    except Exception as error:  # the last line of defence: a value of a row must not be printed
        click.echo(f"hub: {safe_exception(error)}", err=True)
        sys.exit(70)
