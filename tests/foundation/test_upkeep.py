"""A night's upkeep costs what the night wrote, not what the lake holds."""

import os
from pathlib import Path

import pyarrow as pa
import pytest

from foundation.lake import Lake
from foundation.lake_table import LakeTable


def rows(*keys: str) -> pa.Table:
    return pa.table({"_key": list(keys)})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", tmp_path / "spill")


@pytest.fixture
def table(lake: Lake) -> LakeTable:
    table = lake.table("conformed", "x")
    table.replace(rows("a"))
    return table


def test_a_table_with_nothing_to_tidy_gets_no_commit(lake: Lake, table: LakeTable) -> None:
    lake.commit_snapshot(1)
    before = lake.versions()
    assert lake.maintain() == {}
    assert lake.versions() == before
    assert not list(table.path.glob("_delta_log/*.checkpoint.parquet"))


def test_a_table_that_was_written_often_is_tidied(lake: Lake, table: LakeTable) -> None:
    calm = lake.table("conformed", "calm")
    calm.replace(rows("a"))
    for n in range(25):
        table.replace(rows(str(n)))
    lake.commit_snapshot(1)
    done = lake.maintain()
    assert table.full_name in done and calm.full_name not in done
    assert list(table.path.glob("_delta_log/*.checkpoint.parquet"))
    # Replaced files stay a day for those who still read them; an erasure takes them at once.
    assert len(list(table.path.rglob("part-*.parquet"))) > 1
    assert set(lake.maintain(keep_hours=0)) >= {table.full_name, calm.full_name}
    assert len(list(table.path.rglob("part-*.parquet"))) == 1


def test_a_vacuum_waits_until_replaced_files_are_old_enough_to_go(
    lake: Lake, table: LakeTable
) -> None:
    for n in range(10):
        table.replace(rows(str(n)))
    lake.commit_snapshot(1)
    assert table.full_name not in lake.maintain()
    for path in table.path.glob("**/part-*.parquet"):
        os.utime(path, (0, 0))
    assert table.full_name in lake.maintain()
