"""A few rows of a table for people to look at, with everything personal covered.

    lake table + sensitivity of its columns -> Markdown table of at most five rows

A column that is not declared public or internal is covered, whatever its name: keys, hashes
and unknown columns may hold an id number. Needs no secrets.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from foundation.engine import borrow, quote, run
from foundation.lake import LakeTable
from pipelines.hub import Hub
from schemas.model import Sensitivity

ROWS = 5
COVER = "●●●"
_OPEN = {Sensitivity.PUBLIC, Sensitivity.INTERNAL}
_OPEN_META = {"_op", "_batch", "_row", "_stale", "_warnings", "_rules"}


def masked_preview(hub: Hub, table: LakeTable, sensitivity: Mapping[str, Sensitivity]) -> str:
    """At most five rows as Markdown; values of personal and sensitive columns are covered."""
    names = table.schema().names
    select = ", ".join(_shown(name, sensitivity) for name in names)
    with borrow(hub.home.process_spill()) as con:
        rows = run(con, f"select {select} from ({table.select(con)}) limit {ROWS}")
    return markdown(names, rows)


def _shown(name: str, sensitivity: Mapping[str, Sensitivity]) -> str:
    column = quote(name)
    if sensitivity.get(name) in _OPEN or name in _OPEN_META:
        return f"left({column}::varchar, 40) as {column}"
    return f"case when {column} is not null then '{COVER}' end as {column}"


def markdown(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table; cells that would break it are escaped."""
    lines = [_line(names), _line(["---"] * len(names)), *(_line(row) for row in rows)]
    return "\n".join(lines)


def _line(cells: Sequence[Any]) -> str:
    texts = ("" if cell is None else str(cell) for cell in cells)
    return "| " + " | ".join(t.replace("|", "\\|").replace("\n", " ") for t in texts) + " |"
