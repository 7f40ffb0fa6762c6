"""Telling of a commit before it is made, so that history is neither lost nor told twice.

    announce(history, rows, of=table) -> table.merge(...)     killed in between: told anew next time

What is told first cannot be lost by a kill, and what was told of a commit that never came is taken
back when the next one is announced. Secrets needed: none. Writers hold the home's lock.
"""

from __future__ import annotations

import os
import shutil
from typing import Any

from foundation.lake_table import LakeTable


def announce(table: LakeTable, rows: Any, of: LakeTable) -> None:
    """Append `rows` (Arrow, or None for nothing) to `table`; they tell of the next commit to `of`.

    Nothing else may write to `table`. Whoever commits to `of` announces each time, also nothing:
    so what a killed run told is gone before anybody reads it.
    """
    number = of.version + 2 if of.exists else 1  # 1: the commit that makes `of`, its version 0
    if (table.app_version(of.full_name) or 0) >= number:
        _take_back(table)
    if rows is not None:
        # Should something have been written in between after all, telling twice is the lesser harm.
        is_clear = (table.app_version(of.full_name) or 0) < number
        table.append(rows, app=(of.full_name, number) if is_clear else None)


def _take_back(table: LakeTable) -> None:
    """Undo the last commit, which is the announcement: upkeep leaves such a table alone."""
    if table.version:
        table.restore(table.version - 1)
        return
    aside = table.path.with_name(f".removed-{table.path.name}-{os.getpid()}")
    table.path.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)
