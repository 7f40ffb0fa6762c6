"""The statements that set up access, run by a publication whenever its contract changed.

    schemas.warehouse.TABLES, sql/*.sql -> statements -> roles, log, functions, views own_v1.<table>

Repeating them does nothing; logins, scopes and the log stay. Needs no secrets.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files

from pipelines.access.rows import by_department, by_grid
from pipelines.warehouse.answers import answers
from schemas.derive import literal, quoted
from schemas.model import Column, Table

_STATEMENT_END = re.compile(r";\n(?=\n|--|create |comment |revoke |grant |do |\Z)")


def statements(
    tables: Mapping[str, Table],
    shown: Callable[[Table], tuple[Column, ...]],
    restricted: Collection[str],
) -> Iterator[str]:
    """All statements, in order, for a server that holds `tables` and their views in api_v1.

    `shown` says which columns a table's view shows; rows of `restricted` tables take the grant
    for sensitive data.
    """
    for name in ("roles", "ledger", "scope", "tickets", "audit"):
        yield from _parts(_text(name))
    yield "create schema if not exists own_v1"
    for table in tables.values():
        if by_grid(table) is not None:
            yield from _parts(_rows(table, shown(table), table.name in restricted))
    yield from _parts(_text("answers").replace("{open}", _open_answers()))
    yield from _parts(_text("grants"))


def _rows(table: Table, columns: tuple[Column, ...], restricted: bool) -> str:
    return _text("rows").format(
        table=quoted(table.name),
        function=quoted(f"{table.name}_rows"),
        columns=", ".join(f"t.{quoted(column.name)}" for column in columns),
        restricted=str(restricted).lower(),
        by_grid=by_grid(table),
        by_department=by_department(table),
        comment=literal(f"{table.title_zh}（本人权限内）: {table.grain}"),
    )


def _open_answers() -> str:
    return ", ".join(literal(one.name) for one in answers().values() if not one.is_sensitive)


@cache
def _text(name: str) -> str:
    return (files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _parts(text: str) -> Iterator[str]:
    """The statements of a file; one ends at a line's end, and the next begins a line."""
    for part in _STATEMENT_END.split(text):
        statement = "\n".join(line for line in part.splitlines() if not line.startswith("--"))
        if statement.strip():
            yield statement.strip().rstrip(";")
