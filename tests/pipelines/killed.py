"""A kill, as far as a test in one process can have it: just before or after a commit to a table."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from foundation.lake_table import LakeTable


class Killed(BaseException):
    """The end of a process, as far as a test can have it: nothing may catch it."""


@contextmanager
def killed_at(commit: int, after: bool) -> Iterator[None]:
    """Die before or after so many commits, if there are so many."""
    write, done = LakeTable._write, 0

    def dying(table: LakeTable, *arguments: Any) -> None:
        nonlocal done
        done += 1
        if done == commit and not after:
            raise Killed
        write(table, *arguments)
        if done == commit:
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LakeTable, "_write", dying)
        with suppress(Killed):
            yield
