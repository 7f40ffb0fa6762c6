"""What a database's refusal means: unreachable, denied, changed or invalid.

    driver exception -> SQLSTATE or MySQL number -> SourceError

Drivers quote values and user names in their messages, so only their codes are passed on. Needs no
secrets.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from adbc_driver_manager import Error as AdbcError
from pymysql.err import MySQLError

from connectors.base import NOTHING_TAKEN
from foundation.errors import (
    SourceChanged,
    SourceDenied,
    SourceError,
    SourceInvalid,
    SourceUnreachable,
)

DENIED = {"42501", "1044", "1045", "1130", "1142", "1143", "1698"}
CHANGED = {"42P01", "42703", "3D000", "3F000", "1049", "1054", "1146"}
SILENT = {"2002", "2003", "2005", "2006", "2013"}
# psycopg gives no SQLSTATE while connecting; libpq's wording is fixed where messages are not
# translated.
DENIED_WORDS = (
    'role "',
    "password",
    "authentication",
    "pg_hba.conf",
    "access denied",
    "permission denied",
)


@contextmanager
def speaking(where: str) -> Iterator[None]:
    """Turn what a driver raises into a SourceError, without its text and its traceback."""
    try:
        yield
    except SourceError:
        raise
    except (sa.exc.SQLAlchemyError, AdbcError, MySQLError, sqlite3.Error, OSError) as error:
        fault = _fault(where, error)
        raise fault from None


def _fault(where: str, error: BaseException) -> SourceError:
    origin = getattr(error, "orig", None) or error
    code = _code(origin)
    silent = not code or code in SILENT or code.startswith("08")
    name = code or type(origin).__name__
    said = f"the database {'does not answer' if silent else 'refuses'} ({name})"
    if code in DENIED or (code or "").startswith("28") or _sounds_denied(origin):
        remedy = (
            "check the user and password in hub.toml, and the account's right to read this table"
        )
        what = f"the database refuses the credentials ({name})"
        return SourceDenied(where, what, NOTHING_TAKEN, remedy)
    if code in CHANGED or "does not exist" in str(origin):
        remedy = "check the database name and the table, and ask the department about the change"
        return SourceChanged(
            where, said + ": database, table or column is not there", NOTHING_TAKEN, remedy
        )
    if (code or "").startswith("22") or isinstance(origin, UnicodeError):
        return SourceInvalid(
            where, said + ": a value cannot be read", NOTHING_TAKEN, "ask the department"
        )
    return SourceUnreachable(
        where, said, NOTHING_TAKEN, "check address and port; it is tried again by itself"
    )


def _code(error: BaseException) -> str | None:
    first = error.args[0] if error.args else None
    if isinstance(error, MySQLError):
        return str(first) if isinstance(first, int) and first else None
    return str(getattr(error, "sqlstate", None) or "").strip("\0") or None


def _sounds_denied(error: BaseException) -> bool:
    text = str(error).lower()
    return any(word in text for word in DENIED_WORDS)
