"""Which rows of a table belong to a grid, and which to a department.

    Table -> by_grid, by_department -> predicates over t, the arrays `grids` and `mine`

Needs no secrets.
"""

from schemas.feeds import FEEDS
from schemas.model import Sensitivity, Table, Type

_RESIDENTS = """t.resident_id in (
    select r.resident_id from warehouse.resident as r where r.grid_code = any(grids))"""
_DWELLINGS = """t.dwelling_id in (
    select d.dwelling_id from warehouse.dwelling as d where d.grid_code = any(grids))"""
_TICKETS = """t.ticket_id in (
    select k.ticket_id from warehouse.ticket as k where k.grid_code = any(grids))"""
_SCOPES = (
    ("resident_id", _RESIDENTS),
    ("grid_code", "t.grid_code = any(grids)"),
    ("dwelling_id", _DWELLINGS),
    ("ticket_id", _TICKETS),
)
# Keyed by a department's record, or speaking of several residents at once: not for a limited role.
_LEFT_OUT = frozenset(
    {
        *("address_match", "crosswalk", "discrepancy"),
        *("resident_lineage", "resident_value", "grid_worker"),
    }
)
# Everybody in the field must know these; what is personal in them is in no view.
_WHOLE = frozenset({"hazard_site", "shelter"})
_DEPARTMENTS = frozenset(feed.department for feed in FEEDS.values())


def by_grid(table: Table) -> str | None:
    """The predicate for the rows of grids; None for a table that limited roles do not get."""
    if table.name in _LEFT_OUT:
        return None
    if table.name == "resident":
        return "t.grid_code = any(grids)"
    public = all(column.sensitivity is Sensitivity.PUBLIC for column in table.columns)
    if public or table.name in _WHOLE:
        return "true"
    names = {column.name for column in table.columns}
    return next((predicate for name, predicate in _SCOPES if name in names), None)


def by_department(table: Table) -> str:
    """The predicate for the rows that a department delivered; false where that is unknown."""
    types = {column.name: column.type for column in table.columns}
    if by_grid(table) == "true":
        return "true"
    if types.get("departments") is Type.TEXT_LIST:
        return "t.departments && mine"
    if "department" in types:
        return "t.department = any(mine)"
    sources = {
        source.partition(".")[0] for column in table.columns for source in column.source.split()
    } & _DEPARTMENTS
    if len(sources) == 1:
        return f"'{sources.pop()}' = any(mine)"
    return "false"
