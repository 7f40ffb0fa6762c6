"""One read-only query on the warehouse, as Arrow.

    hub sql "select ..." -> PostgreSQL, in a transaction that may not write -> pa.Table

`role` keeps a query to what readers see. It guards against slips only: who holds the owner's
password may take any role again.

Secrets: the warehouse's URL.
"""

import re
from contextlib import suppress

import pyarrow as pa
import pyarrow.compute as pc
from adbc_driver_manager import Error
from adbc_driver_postgresql import dbapi

from foundation.errors import WarehouseError
from foundation.redact import redact

# A cast that fails ends in `: "value"`; names of columns and tables are quoted without the colon.
_QUOTED = re.compile(r'(?<=: )".*"')


def query_arrow(url: str, query: str, role: str | None = None) -> pa.Table:
    """All rows of one query, as the owner or with a role's rights. Raises WarehouseError with
    PostgreSQL's own words about the query."""
    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        try:
            cursor.execute("set transaction read only")
            if role:
                cursor.execute(f"set local role {role}")
            cursor.execute(query)
            return _with_numbers(cursor.fetch_arrow_table())
        except (Error, pa.ArrowException) as error:
            raise WarehouseError(
                "hub sql",
                _first_line(str(error)),
                "nothing was changed: the query runs in a transaction that may only read",
                "mend the query; the tables are listed by: select * from information_schema.tables;"
                " base tables take --purpose",
            ) from None


def _with_numbers(rows: pa.Table) -> pa.Table:
    """Sums and averages, which the driver hands over as text that is marked as numeric, as whole
    numbers, or as doubles where one is none."""
    for place, found in enumerate(rows.schema):
        if isinstance(found.type, pa.OpaqueType) and found.type.type_name == "numeric":
            texts = rows.column(place).combine_chunks().storage
            rows = rows.set_column(place, found.name, _numbers(texts))
    return rows


def _numbers(texts: pa.Array) -> pa.Array:
    for kind in (pa.int64(), pa.float64()):
        with suppress(pa.ArrowInvalid):
            found = texts.cast(kind)
            if pc.all(pc.is_finite(found)).as_py() is not False:  # JSON knows no infinity
                return found
    return texts


def _first_line(message: str) -> str:
    """The message without details or quoted values, which may be a person's."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    found = [line for line in lines if "ERROR" in line] or lines
    return redact(_QUOTED.sub("…", found[0]))[:300] if found else "the query failed"
