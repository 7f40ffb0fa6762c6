"""What `hub sync --reconcile` prints: each feed against the whole of its source.

    hub.reconciliation -> findings -> a table, or the member `reconciled` of --json

Needs no secrets.
"""

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from pipelines.cli.main import Settings

_COLUMNS = {
    "state": "state 状态",
    "compared": "compared 比对",
    "new": "new 新增",
    "missing": "missing 遗漏",
    "changed": "changed 暗改",
    "deleted": "deleted 删除",
    "unlisted": "unlisted 不再列出",
}


def findings(settings: Settings, feeds: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What the feeds' last comparison found; all feeds unless some are named."""
    from pipelines.hub import Hub
    from pipelines.reconcile import last_findings

    found = last_findings(Hub.open(settings.home, settings.as_of))
    return [row for row in found if not feeds or row["feed"] in feeds]


def findings_table(rows: Sequence[dict[str, Any]]) -> Table:
    """The comparisons as people read them."""
    table = Table(title="compared with the whole of the source  与来源核对")
    table.add_column("feed")
    for title in _COLUMNS.values():
        table.add_column(title, justify="left" if title.startswith("state") else "right")
    for row in rows:
        counts = (f"{row[n]:,}" if isinstance(row[n], int) else row[n] for n in _COLUMNS)
        table.add_row(row["feed"], *counts)
    return table
