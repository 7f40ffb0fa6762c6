"""Reading the published warehouse: one read-only transaction, errors without values.

    url -> reading(url) -> psycopg connection that sees one publication

Secrets: the password in the url. Alone: ``with reading(url) as con: con.execute("select ...")``.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

from foundation.errors import WarehouseError
from foundation.redact import safe_exception


def server_url(url: str) -> str:
    """The url as libpq knows it, without the driver that SQLAlchemy names in it."""
    return re.sub(r"^postgres(ql)?\+\w+://", "postgresql://", url)


@contextmanager
def reading(url: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A read-only transaction that sees one publication; rows come as dicts.

    Raises WarehouseError, without values, when the server cannot be reached or refuses.
    """
    try:
        with psycopg.connect(server_url(url), row_factory=dict_row) as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            yield connection
    except psycopg.Error as error:
        raise WarehouseError(
            "PostgreSQL",
            safe_exception(error),
            "nothing was read",
            "see that the server runs and that `hub sync` has published",
        ) from None
