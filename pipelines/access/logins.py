"""Who may log in to the warehouse, as what: `hub access grant`, `revoke`, `password`, `list`.

    Grant -> grant(url) -> PostgreSQL login, membership of hub_<role>, access.login, audit log

The password goes to the server as its SCRAM verifier. Secrets: the url's and the new password.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from foundation.errors import ConfigError
from pipelines.access.server import owner
from schemas import FEEDS

SCOPED = ("grid_worker", "community", "department")
ROLES = ("analyst", *SCOPED, "steward", "auditor")
_LOGIN = re.compile(r"[a-z][a-z0-9_]{1,62}")
_UNCHANGED = "nothing was granted; what the login may do is as before"
_KNOWN_SCOPE = {
    "grid_worker": "select distinct grid_code as scope from warehouse.grid",
    "community": "select distinct community_code as scope from warehouse.grid",
}
# Privileges beside what the hub gives would go around every control.
_STRANGE = """select rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls
    or exists (select from pg_auth_members as m join pg_roles as g on g.oid = m.roleid
        where m.member = r.oid and g.rolname not like 'hub\\_%%') as strange
    from pg_roles as r where rolname = %s"""


@dataclass(frozen=True)
class Grant:
    """What a login is to be: a role of ROLES, its scopes (codes of grids, communities or
    departments), whether it sees sensitive tables, who says so and why."""

    login: str
    role: str
    scopes: tuple[str, ...]
    is_sensitive: bool
    by: str
    reason: str


def grant(url: str, wanted: Grant, password: str | None) -> None:
    """Make the login what `wanted` says, whatever it was; without a password it keeps its own.

    Raises ConfigError for a name, role or scope that cannot be, or a new login without password.
    """
    _check(wanted)
    with owner(url, _UNCHANGED) as connection:
        _check_scopes(connection, wanted)
        _make_login(connection, wanted, password)
        _take_memberships(connection, wanted.login)
        _join(connection, f"hub_{wanted.role}", wanted.login)
        if wanted.is_sensitive and wanted.role in ("analyst", "steward"):
            _join(connection, "hub_sensitive", wanted.login)
        _note(connection, wanted)
        sensitive = ", sensitive" if wanted.is_sensitive else ""
        what = f"{wanted.login} is {wanted.role}{sensitive}"
        _log(connection, "grant", what, wanted, ",".join(wanted.scopes))


def revoke(url: str, login: str, by: str, reason: str) -> None:
    """Take everything from the login and end its sessions; its name stays taken, so that the
    log stays clear about who it was. Raises ConfigError for a login that the hub did not make."""
    with owner(url, "nothing was revoked") as connection:
        if not connection.execute("select from access.login where login = %s", [login]).fetchall():
            raise _wrong(login, "no access was granted to it", "see `hub access list`")
        _take_memberships(connection, login)
        connection.execute(sql.SQL("alter role {} nologin").format(sql.Identifier(login)))
        connection.execute("delete from access.login where login = %s", [login])
        wanted = Grant(login, "", (), False, by, reason)
        _log(connection, "revoke", f"{login} is nobody", wanted, "")
        connection.commit()
        # An owner who is no superuser may not end them; they live on without any right.
        with suppress(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [login]
            )


def change_password(url: str, login: str, password: str, by: str, reason: str) -> None:
    """Exchange a login's password; its rights and its open sessions stay. Raises ConfigError for a
    login that the hub did not make."""
    with owner(url, "the password is as before") as connection:
        if not connection.execute("select from access.login where login = %s", [login]).fetchall():
            raise _wrong(login, "no access was granted to it", "see `hub access list`")
        _set_password(connection, login, password)
        wanted = Grant(login, "", (), False, by, reason)
        _log(connection, "password", f"{login} has a new password", wanted, "")


def logins(url: str) -> list[dict[str, Any]]:
    """Who has access: login, role, scopes, is_sensitive, granted_at."""
    with owner(url, "nothing was read") as connection:
        return connection.execute(
            """select l.login, l.role, l.is_sensitive, l.granted_at,
                array(select s.scope from access.login_scope as s
                    where s.login = l.login order by 1) as scopes
            from access.login as l order by l.login"""
        ).fetchall()


def _check(wanted: Grant) -> None:
    name = wanted.login
    if not _LOGIN.fullmatch(name) or name.startswith(("hub", "pg_")):
        raise _wrong(
            name, "it cannot be a login's name", "use small letters, digits and _; not hub… or pg_…"
        )
    if wanted.role not in ROLES:
        raise _wrong(wanted.role, "there is no such role", f"choose one of {', '.join(ROLES)}")
    if bool(wanted.scopes) != (wanted.role in SCOPED):
        needs = "takes at least one scope" if wanted.role in SCOPED else "takes no scope"
        raise _wrong(name, f"the role {wanted.role} {needs}", "give it by --scope, or leave it out")


def _check_scopes(connection: psycopg.Connection[dict[str, Any]], wanted: Grant) -> None:
    if wanted.role == "department":
        known = {feed.department for feed in FEEDS.values()}
    elif wanted.role in SCOPED:
        rows = connection.execute(_KNOWN_SCOPE[wanted.role]).fetchall()
        known = {row["scope"] for row in rows}
    else:
        return
    if unknown := set(wanted.scopes) - known:
        raise _wrong(
            ", ".join(sorted(unknown)),
            f"the warehouse knows no such scope of a {wanted.role}",
            "see api_v1.grid and hub.toml for the codes",
        )


def _make_login(
    connection: psycopg.Connection[dict[str, Any]], wanted: Grant, password: str | None
) -> None:
    found = connection.execute(_STRANGE, [wanted.login]).fetchall()
    if found and found[0]["strange"]:
        raise _wrong(
            wanted.login, "it has privileges that are not the hub's", "choose another login"
        )
    if not found and not password:
        raise _wrong(
            wanted.login,
            "a new login needs a password",
            "put it into HUB_ACCESS_PASSWORD or a file named by --password-file",
        )
    name = sql.Identifier(wanted.login)
    if not found:
        connection.execute(sql.SQL("create role {}").format(name))
    connection.execute(sql.SQL("alter role {} login").format(name))
    if password:
        _set_password(connection, wanted.login, password)


def _set_password(
    connection: psycopg.Connection[dict[str, Any]], login: str, password: str
) -> None:
    verifier = connection.pgconn.encrypt_password(
        password.encode(), login.encode(), b"scram-sha-256"
    )
    connection.execute(
        sql.SQL("alter role {} password {}").format(
            sql.Identifier(login), sql.Literal(verifier.decode())
        )
    )


def _take_memberships(connection: psycopg.Connection[dict[str, Any]], login: str) -> None:
    rows = connection.execute(
        """select g.rolname from pg_auth_members as m join pg_roles as g on g.oid = m.roleid
        join pg_roles as r on r.oid = m.member where r.rolname = %s""",
        [login],
    ).fetchall()
    for row in rows:
        group, name = sql.Identifier(row["rolname"]), sql.Identifier(login)
        connection.execute(sql.SQL("revoke {} from {}").format(group, name))


def _join(connection: psycopg.Connection[dict[str, Any]], group: str, login: str) -> None:
    connection.execute(
        sql.SQL("grant {} to {}").format(sql.Identifier(group), sql.Identifier(login))
    )


def _note(connection: psycopg.Connection[dict[str, Any]], wanted: Grant) -> None:
    connection.execute("delete from access.login where login = %s", [wanted.login])
    connection.execute(
        "insert into access.login (login, role, is_sensitive) values (%s, %s, %s)",
        [wanted.login, wanted.role, wanted.is_sensitive],
    )
    for scope in sorted(set(wanted.scopes)):
        connection.execute("insert into access.login_scope values (%s, %s)", [wanted.login, scope])


def _log(
    connection: psycopg.Connection[dict[str, Any]],
    action: str,
    what: str,
    wanted: Grant,
    scope: str,
) -> None:
    purpose = f"{what}; by {wanted.by}: {wanted.reason}"
    connection.execute("select access.append(%s, %s, %s, '{}', null)", [action, purpose, scope])


def _wrong(where: str, what: str, remedy: str) -> ConfigError:
    return ConfigError(where, what, _UNCHANGED, remedy)
