"""The ledgers of what the hub believed: one history table for each table that is recorded.

    Table(is_recorded) -> history_of() -> warehouse.<table>_history

A row of it is a version that no longer stands. What the hub believed on a night is the version
whose time holds the night, or else today's row; nights before the first load answer as the first
load. Needs no secrets.
"""

from schemas.columns import INTERNAL, date, flag
from schemas.model import Table

_ENDED = (
    flag(
        "",
        "was_absent",
        "the table had no row of this key then; other columns are null",
        "当时无此记录",
        INTERNAL,
    ),
    date(
        "",
        "recorded_from",
        "first night on which the hub believed it; null since the first load",
        "认定起始日期",
        INTERNAL,
    ),
    date(
        "",
        "recorded_to",
        "first night on which the hub no longer believed it",
        "认定终止日期",
        INTERNAL,
    ),
)


def history_of(table: Table) -> Table:
    """The ledger of a table's closed versions, keyed by its key and the night that closed them."""
    return Table(
        table.zone,
        f"{table.name}_history",
        f"one row a version of {table.name} that the hub believed once and does no longer",
        f"{table.title_zh}（历次认定）",
        (*table.columns, *_ENDED),
        (*table.key, "recorded_to"),
        # Who bore an id that is gone is asked of its past records.
        indexes=tuple(one for one in table.indexes if one == ("resident_id",)),
    )
