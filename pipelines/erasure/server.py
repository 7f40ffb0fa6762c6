"""The erased person in PostgreSQL: ledgers, the change feed, and what lies in pages and WAL.

    published tables -> delete, empty -> VACUUM FULL -> statistics -> checkpoint -> old WAL away

A deleted row stays on its page, in statistics and in the WAL until all of them are written anew.
Of a server that is not the hub's own the WAL is its administrator's: the certificate says so.
Secrets: the password in the url.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from foundation.errors import WarehouseError
from foundation.postgres import EmbeddedPostgres
from foundation.redact import safe_exception
from pipelines.access.server import owner
from pipelines.erasure.derived import RESIDENT, naming
from pipelines.erasure.journal import Order
from pipelines.hub import Hub
from pipelines.publish.contract import BASE
from pipelines.warehouse.reading import server_url
from schemas.model import Sensitivity, Table
from schemas.warehouse import HISTORY, TABLES

_UNDONE = "nothing of the person was deleted from PostgreSQL; the erasure goes on with the next run"
_TOLD = """select count(*) as n from warehouse.change_feed, jsonb_each_text(key)
    where op <> 'delete' and value = any(%s)"""


def note(url: str, action: str, asked: Order, scope: str) -> int:
    """One entry of the audit log, committed; returns its number. Raises WarehouseError where it
    cannot be written: then nothing is deleted."""
    purpose = f"{asked.reason}; by {asked.by}"
    with owner(url, "nothing was erased: what cannot be logged is not done") as connection:
        connection.execute("set local synchronous_commit = on")
        [row] = connection.execute(
            "select access.append(%s, %s, %s, %s, null) as seq",
            [action, purpose, scope, list(asked.ids)],
        ).fetchall()
    return int(row["seq"])


def erase_ledgers(url: str, ids: list[str]) -> None:
    """Delete what the server keeps for good about these residents; the feed's last word on each,
    the deletion that downstream systems follow, stays."""
    with owner(url, _UNDONE) as connection:
        for ledger in HISTORY.values():
            for name in naming(ledger):
                _of_table(
                    connection, "update {t} set {c} = null where {c} = any(%s)", ledger, name, ids
                )
            if any(column.name == RESIDENT for column in ledger.columns):
                _of_table(connection, "delete from {t} where {c} = any(%s)", ledger, RESIDENT, ids)
        connection.execute(
            """delete from warehouse.change_feed where op <> 'delete' and exists (
                select from jsonb_each_text(key) where value = any(%s))""",
            [ids],
        )


def rewrite(hub: Hub, url: str) -> bool:
    """Write anew every table that holds people, the statistics, and the WAL of the hub's own
    server; readers wait for each table while it is written. Returns whether the WAL was.

    Raises WarehouseError if a table cannot be had: then the next run does it.
    """
    try:
        with psycopg.connect(server_url(url), autocommit=True) as connection:
            connection.execute("set lock_timeout = '120s'")
            for table in TABLES.values():
                if _is_of_people(table):
                    connection.execute(_sql("vacuum (full, analyze) {t}", table))
            connection.execute("vacuum (full, analyze) warehouse.change_feed")
            # Samples of names and numbers are kept there; only a superuser may write it anew.
            with suppress(psycopg.errors.InsufficientPrivilege):
                connection.execute("vacuum full pg_catalog.pg_statistic")
                connection.execute("checkpoint")
            if hub.config.warehouse.reveal_url():
                return False
            _renew_wal(connection, EmbeddedPostgres(hub.home.postgres).data / "pg_wal")
            return True
    except psycopg.Error as error:
        raise WarehouseError(
            "PostgreSQL", safe_exception(error),
            "the person is deleted, but old pages may still hold their rows",
            "end the session that holds the table, then run `hub erase --resume`",
        ) from None  # fmt: skip


def found(url: str, ids: list[str]) -> dict[str, int]:
    """Rows that name these residents, by table; nothing where the server was never published to."""
    with owner(url, "nothing was counted") as connection:
        there = connection.execute(
            "select tablename from pg_tables where schemaname = %s", [BASE]
        ).fetchall()
        names = {row["tablename"] for row in there}
        counts = {
            f"postgresql/{table.name}": _count(connection, table, ids)
            for table in TABLES.values()
            if table.name in names and _named_by(table)
        }
        if "change_feed" in names:
            [row] = connection.execute(_TOLD, [ids]).fetchall()
            counts["postgresql/change_feed"] = int(row["n"])
    return counts


def _renew_wal(connection: psycopg.Connection[Any], folder: Path) -> None:
    """Leave no segment that was written before: old ones are removed rather than used again, and
    those that lie ready are filled from their beginning."""
    connection.execute("alter system set wal_recycle = off")
    connection.execute("select pg_reload_conf()")
    before = {path.name for path in folder.iterdir() if len(path.name) == 24}
    for _ in range(len(before) + 2):
        connection.execute("select pg_current_xact_id()")
        connection.execute("select pg_switch_wal()")
        connection.execute("checkpoint")
    connection.execute("alter system reset wal_recycle")
    connection.execute("select pg_reload_conf()")


def _count(connection: psycopg.Connection[Any], table: Table, ids: list[str]) -> int:
    either = sql.SQL(" or ").join(
        sql.SQL("{} = any(%(ids)s)").format(sql.Identifier(name)) for name in _named_by(table)
    )
    query = sql.SQL("select count(*) as n from {}.{} where {}").format(
        sql.Identifier(BASE), sql.Identifier(table.name), either
    )
    [row] = connection.execute(query, {"ids": ids}).fetchall()
    return int(row["n"])


def _named_by(table: Table) -> list[str]:
    own = [RESIDENT] if any(column.name == RESIDENT for column in table.columns) else []
    return [*own, *naming(table)]


def _is_of_people(table: Table) -> bool:
    personal = (Sensitivity.PERSONAL, Sensitivity.SENSITIVE)
    return bool(_named_by(table)) or any(c.sensitivity in personal for c in table.columns)


def _of_table(
    connection: psycopg.Connection[Any], text: str, table: Table, column: str, ids: list[str]
) -> None:
    connection.execute(_sql(text, table, column), [ids])


def _sql(text: str, table: Table, column: str = "") -> sql.Composed:
    return sql.SQL(text).format(
        t=sql.Identifier(BASE, table.name), c=sql.Identifier(column or RESIDENT)
    )
