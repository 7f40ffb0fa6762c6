"""`hub access`: who may log in to the warehouse, as what.

    grant, revoke, password, list -> pipelines.access.logins -> PostgreSQL
    rotate -> foundation.postgres -> the hub's own password

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


@access.command()
@click.argument("login")
@click.option("--by", required=True, help="Who changes it.")
@click.option("--reason", required=True, help="Why.")
@click.option("--password-file", type=click.Path(path_type=Path), help="Its first line is used.")
@click.pass_obj
def password(
    settings: Settings, login: str, by: str, reason: str, password_file: Path | None
) -> None:
    """Exchange the password of LOGIN; rights and open sessions stay. 更换密码

    The new one is read from the variable HUB_ACCESS_PASSWORD or from --password-file.
    """
    from pipelines.access import logins

    new = _password(password_file)
    if not new:
        raise ConfigError(
            login, "there is no new password", "the password is as before",
            "put it into HUB_ACCESS_PASSWORD or a file named by --password-file",
        )  # fmt: skip
    url = Hub.open(settings.home, settings.as_of).warehouse_url()
    logins.change_password(url, login, new, by, reason)
    console().print(f"{login} has a new password", markup=False)


@access.command()
@click.pass_obj
def rotate(settings: Settings) -> None:
    """Exchange the hub's own password of its own PostgreSQL; nobody is cut off. 更换数据库主密码"""
    from foundation.postgres import EmbeddedPostgres

    hub = Hub.open(settings.home, settings.as_of)
    if hub.config.warehouse.reveal_url():
        raise ConfigError(
            "[warehouse] url", "the server is not the hub's own", "nothing was changed",
            "change the role's password there, then the variable or file that hub.toml names",
        )  # fmt: skip
    with settings.home.lock(purpose="exchanging the database password"):
        EmbeddedPostgres(settings.home.postgres).rotate_password()
    console().print("the hub has a new database password")


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
