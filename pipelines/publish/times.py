"""The two times of the published tables, as functions: what was believed, and what was so.

    schemas.warehouse.TABLES -> api_v1.<table>_believed_on(night), api_v1.<table>_as_of(day)
    crosswalk and its history -> api_v1.resident_id_of(old_id, as_of)

They yield rows of the table's view, and go with it when it is made anew. Needs no secrets.
"""

from collections.abc import Callable, Collection, Iterator, Mapping

from pipelines.warehouse.history import believed_on, resident_id_of
from schemas.derive import literal, quoted
from schemas.model import Column, Table, Type

_Shown = Callable[[Table], tuple[Column, ...]]


def times(
    tables: Mapping[str, Table],
    shown: _Shown,
    restricted: Collection[str],
    reader: Callable[[bool], str],
) -> Iterator[str]:
    """The statements that make the functions, for tables whose views are there.

    `shown` says which columns a table's view shows, `reader` who may read it.
    """
    for table in tables.values():
        may = reader(table.name in restricted)
        columns = ", ".join(f"r.{quoted(column.name)}" for column in shown(table))
        if table.is_recorded:
            rows = f"select {columns} from ({believed_on(table, '$1')}) as r"
            text = "当晚认定的数据: the rows as the hub believed them on that night"
            yield from _function(table, "believed_on", "night", rows, text, may)
        if table.valid:
            rows = f"select {columns} from warehouse.{quoted(table.name)} as r where {_held(table)}"
            text = "当日有效的数据: the rows that were so on that day, as the hub believes today"
            yield from _function(table, "as_of", "day", rows, text, may)
    yield from _resident_id_of(reader(False))


def _resident_id_of(reader: str) -> Iterator[str]:
    made, signature = "api_v1.resident_id_of", "(text, date)"
    # It hangs on no view, and so is not dropped with one.
    yield f"""create or replace function {made} (old_id text, as_of date default null) returns text
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as {literal(resident_id_of())}"""
    text = "居民标识追踪: the id that an id's person has now, or had on a night; null for nobody"
    yield f"comment on function {made} {signature} is {literal(text)}"
    yield f"revoke all on function {made} {signature} from public"
    yield f"grant execute on function {made} {signature} to {reader}"


def _function(
    table: Table, name: str, argument: str, rows: str, text: str, reader: str
) -> Iterator[str]:
    # By its owner's right, as a view reads: the tables themselves are nobody's to read.
    made = f"api_v1.{quoted(f'{table.name}_{name}')}"
    yield f"""create function {made} ({argument} date) returns setof api_v1.{quoted(table.name)}
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as {literal(rows)}"""
    yield f"comment on function {made} (date) is {literal(f'{table.title_zh}，{text}')}"
    yield f"revoke all on function {made} (date) from public"
    yield f"grant execute on function {made} (date) to {reader}"


def _held(table: Table) -> str:
    """The predicate of a row that was so on the day; months count whole, the last included."""
    assert table.valid is not None
    types = {column.name: column.type for column in table.columns}
    first, last = (f"r.{quoted(name)}" for name in table.valid)
    if types[table.valid[0]] is Type.MONTH:
        day, ended = "to_char($1, 'YYYY-MM')", ">="
    else:
        day, ended = "$1", ">"
    return f"({first} is null or {first} <= {day}) and ({last} is null or {last} {ended} {day})"
