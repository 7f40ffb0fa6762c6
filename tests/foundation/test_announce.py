"""History that is told before the commit it tells of: killed anywhere, it is told once."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from foundation.announce import announce
from foundation.lake import Lake, LakeTable


@pytest.fixture
def tables(tmp_path: Path) -> tuple[LakeTable, LakeTable]:
    lake = Lake(tmp_path / "lake")
    return lake.table("identity", "history"), lake.table("identity", "present")


def _rows(*values: str) -> pa.Table:
    return pa.table({"value": list(values)})


def _told(history: LakeTable) -> list[str]:
    files = history.files() if history.exists else []
    return sorted(v for file in files for v in pa.parquet.read_table(file)["value"].to_pylist())


@pytest.mark.parametrize("nights_before", [0, 1, 3])
def test_what_was_told_of_a_commit_that_never_came_is_taken_back(
    tables: tuple[LakeTable, LakeTable], nights_before: int
) -> None:
    history, present = tables
    nights = [f"night {number}" for number in range(nights_before)]
    for night in nights:
        announce(history, _rows(night), present)
        present.replace(_rows(night))
    for attempt in ("killed", "killed again"):
        announce(history, _rows(attempt), present)
    assert _told(history) == sorted([*nights, "killed again"])
    announce(history, _rows("done"), present)
    present.replace(_rows("done"))
    announce(history, _rows("next"), present)
    present.replace(_rows("next"))
    assert _told(history) == sorted([*nights, "done", "next"])


def test_a_run_with_nothing_to_tell_takes_back_as_well(tables: tuple[LakeTable, LakeTable]) -> None:
    history, present = tables
    announce(history, _rows("first"), present)
    present.replace(_rows("first"))
    announce(history, _rows("killed"), present)
    announce(history, None, present)
    assert _told(history) == ["first"]


def test_upkeep_of_the_present_is_no_commit_that_was_told_of(
    tables: tuple[LakeTable, LakeTable],
) -> None:
    history, present = tables
    for night in ("one", "two"):
        announce(history, _rows(night), present)
        present.replace(_rows(night))
        present.append(_rows("upkeep"))
    assert _told(history) == ["one", "two"]
