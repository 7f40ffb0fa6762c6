"""A connection to the warehouse as its owner, with errors that hold no value.

    url -> owner(url, outcome) -> psycopg connection, committed when the block ends well

Secrets: the password in the url.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

from foundation.errors import WarehouseError
from foundation.redact import safe_exception
from pipelines.warehouse.reading import server_url


@contextmanager
def owner(url: str, outcome: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """One transaction; rows come as dicts.

    Raises WarehouseError, which says `outcome` of the data, when the server refuses.
    """
    try:
        with psycopg.connect(server_url(url), row_factory=dict_row) as connection:
            yield connection
    except psycopg.Error as error:
        raise WarehouseError(
            "access",
            safe_exception(error),
            outcome,
            "see that the server runs, that `hub sync` has published, and that this user owns it",
        ) from None
