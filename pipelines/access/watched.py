"""Reading originals as the owner of the home: on record first, or not at all.

    purpose -> checked -> access.log (committed) -> `hub sql --purpose`, `hub quarantine --unmask`

What cannot be logged is not shown. The log keeps no value: of a query a keyed hash, of its rows
the resident ids. Secrets: the password in the url.
"""

import getpass
import re
from collections.abc import Iterable

import pyarrow as pa

from foundation.errors import ConfigError
from foundation.home import Home
from foundation.redact import opaque
from pipelines.access.server import owner
from pipelines.publish.query import query_arrow

_CLOSED = "nothing was shown: what cannot be logged is not opened"
_NUMBER = re.compile(r"\d{7}")
_SHORTEST, _LONGEST = 4, 200


def checked(purpose: str | None, where: str) -> str:
    """The purpose, trimmed. Raises ConfigError where it is missing or holds a person's number."""
    said = (purpose or "").strip()
    if _SHORTEST <= len(said) <= _LONGEST and not _NUMBER.search(said):
        return said
    raise ConfigError(
        where,
        "unmasked data needs a purpose of 4 to 200 characters, without numbers of people",
        "nothing was shown",
        "say why with --purpose TEXT; it is kept in the audit log",
    )


def note(url: str, action: str, purpose: str, scope: str, resident_ids: Iterable[str] = ()) -> None:
    """One entry of the audit log, committed. Raises WarehouseError where it cannot be written."""
    said = f"{checked(purpose, action)}; by {getpass.getuser()}"
    with owner(url, _CLOSED) as connection:
        connection.execute("set local synchronous_commit = on")
        connection.execute(
            "select access.append(%s, %s, %s, %s, null)",
            [action, said, scope, sorted(set(resident_ids))],
        )


def query_watched(home: Home, url: str, query: str, purpose: str) -> pa.Table:
    """All rows of a query that may read the base tables; it and whom it showed are on record.

    A query that fails is on record too. Residents are those in columns whose name ends in
    ``resident_id``.
    """
    checked(purpose, "hub sql")
    scope = f"sql:{opaque(query, home)}"
    note(url, "sql", purpose, scope)
    rows = query_arrow(url, query)
    shown = {one for column in _residents(rows) for one in column.to_pylist() if one}
    if shown:
        note(url, "sql_rows", purpose, scope, shown)
    return rows


def _residents(rows: pa.Table) -> Iterable[pa.ChunkedArray]:
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        if name.endswith("resident_id") and pa.types.is_string(column.type):
            yield column.unique()
