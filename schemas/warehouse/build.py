"""Short builders for warehouse tables: a column that is a feed's own is not described twice.

    FEEDS -> copied("community.wish", "wish_no", "content") -> Columns with lineage
    table("wish", "one row a wish", ...) -> Table of the zone `warehouse`

Needs no secrets. Used by ``schemas.warehouse.*`` only.
"""

from collections.abc import Mapping
from dataclasses import replace

from schemas.columns import INTERNAL, PUBLIC, text
from schemas.feeds import FEEDS
from schemas.model import Column, Frozen, Sensitivity, Table, Type


def copied(feed: str, *names: str) -> tuple[Column, ...]:
    """The feed's columns of these hub names, with the feed column as their lineage."""
    return tuple(
        replace(FEEDS[feed].column(name), source=f"{feed}.{name}", fuzzy=False, code_map=Frozen({}))
        for name in names
    )


def seen_as(column: Column, sensitivity: Sensitivity) -> Column:
    """The column, with a sensitivity of its own in the warehouse."""
    return replace(column, sensitivity=sensitivity)


def resident(
    name: str = "resident_id",
    description: str = "the resident",
    title_zh: str = "居民标识",
) -> Column:
    """A column that holds a resident's id, resolved by identity."""
    source = "identity.crosswalk.resident_id"
    return Column(source, name, Type.TEXT, description, title_zh, INTERNAL)


def dwelling(
    name: str = "dwelling_id",
    description: str = "the dwelling that the address means; null where it names no room",
    title_zh: str = "住房标识",
) -> Column:
    """A column that holds a dwelling's id, as the addresses were matched."""
    source = "identity.address_match.dwelling_id"
    return Column(source, name, Type.TEXT, description, title_zh, INTERNAL)


DEPARTMENT = text("", "department", "department that delivered it", "部门", PUBLIC)
FEED = text("", "feed", "feed that delivered it", "来源", PUBLIC)


def table(
    name: str,
    grain: str,
    title_zh: str,
    key: tuple[str, ...],
    columns: tuple[Column, ...],
    references: Mapping[str, str] | None = None,
    indexes: tuple[tuple[str, ...], ...] = (),
    is_recorded: bool = False,
    valid: tuple[str, str] | None = None,
) -> Table:
    """A table of the warehouse zone; see :class:`schemas.model.Table`."""
    return Table(
        "warehouse",
        name,
        grain,
        title_zh,
        columns,
        key,
        Frozen(dict(references or {})),
        indexes,
        is_recorded,
        valid,
    )
