"""`hub access`: who may log in to the warehouse, as what.

    grant, revoke, list -> pipelines.access.logins -> PostgreSQL

Secrets: the warehouse's URL; a login's password, from HUB_ACCESS_PASSWORD or a file only.
"""

import os
from pathlib import Path

import click

from foundation.errors import ConfigError
from pipelines.access.logins import ROLES, Grant
from pipelines.cli.look import show_rows
from pipelines.cli.main import Settings, console
from pipelines.hub import Hub


@click.group()
def access() -> None:
    """Who may log in to the warehouse, as what. 访问授权"""


@access.command()
@click.argument("login")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the login is.")
@click.option("--scope", "scopes", multiple=True, help="Grid, community or department; repeatable.")
@click.option("--sensitive", is_flag=True, help="May also see tags, benefits and disabilities.")
@click.option("--by", required=True, help="Who grants it.")
@click.option("--reason", required=True, help="Why.")
@click.option("--password-file", type=click.Path(path_type=Path), help="Its first line is used.")
@click.pass_obj
def grant(
    settings: Settings,
    login: str,
    role: str,
    scopes: tuple[str, ...],
    sensitive: bool,
    by: str,
    reason: str,
    password_file: Path | None,
) -> None:
    """Make LOGIN what the options say, whatever it was before. 授权

    A new login's password is read from the variable HUB_ACCESS_PASSWORD or from --password-file.
    """
    from pipelines.access import logins

    wanted = Grant(login, role, scopes, sensitive, by, reason)
    url = Hub.open(settings.home, settings.as_of).warehouse_url()
    logins.grant(url, wanted, _password(password_file))
    console().print(f"{login} is {role} {' '.join(scopes)}".rstrip(), markup=False)


@access.command()
@click.argument("login")
@click.option("--by", required=True, help="Who revokes it.")
@click.option("--reason", required=True, help="Why.")
@click.pass_obj
def revoke(settings: Settings, login: str, by: str, reason: str) -> None:
    """Take all access from LOGIN and end its sessions. 撤销"""
    from pipelines.access import logins

    logins.revoke(Hub.open(settings.home, settings.as_of).warehouse_url(), login, by, reason)
    console().print(f"{login} has no access any more", markup=False)


@access.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """Who has access. 授权清单"""
    from pipelines.access.logins import logins

    show_rows(logins(Hub.open(settings.home, settings.as_of).warehouse_url()), as_json)


def _password(file: Path | None) -> str | None:
    if file is None:
        return os.environ.get("HUB_ACCESS_PASSWORD") or None
    try:
        return file.read_text(encoding="utf-8").splitlines()[0]
    except (OSError, IndexError):
        raise ConfigError(
            str(file), "it cannot be read, or is empty", "nothing was granted",
            "write the password into its first line",
        ) from None  # fmt: skip
