"""What would keep the erased after their rows are gone: layers, workbooks, run storage."""

import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet
from small_hub import small_hub

from foundation import layers
from foundation.engine import run
from pipelines.erasure.derived import flatten
from pipelines.erasure.feedback import forget_feedback
from pipelines.erasure.runs import ERASED, erase_runs
from pipelines.feedback.workbook import Sheet, write_workbook
from schemas.derive import table_schema
from schemas.feedback import FEEDBACK_ITEM

WISH = "community.wish"


def test_a_row_below_a_layer_is_not_in_any_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "MIN_ROWS", 1)
    monkeypatch.setattr(layers, "MOST_SHARE", 1.0)
    hub = small_hub(tmp_path, WISH).hub
    table = hub.lake.table("identity", "touched")
    table.merge(pa.table({"mention_id": range(100), "number": ["x"] * 99 + ["erased"]}),
                key="mention_id")  # fmt: skip
    table.delete(pa.table({"mention_id": [99]}), key="mention_id")

    def files() -> int:
        rows = [parquet.read_table(path, partitioning=None) for path in table.files()]
        return sum("erased" in one.column("number").to_pylist() for one in rows
                   if "number" in one.column_names)  # fmt: skip

    assert files() == 1
    with hub.connect() as con:
        assert flatten(con, hub, "identity")
        assert not flatten(con, hub, "identity")
    assert files() == 0 and table.num_rows == 99


def item(no: str, key: str) -> dict[str, str]:
    return {"item_id": no, "department": "community", "feed": WISH, "matter": "m",
            "severity": "error", "record_key": key, "own_value": f"value of {key}"}  # fmt: skip


def test_feedback_loses_the_items_of_the_erased_in_ledger_parquet_and_workbook(
    tmp_path: Path,
) -> None:
    hub = small_hub(tmp_path, WISH)
    rows = [item("F1", "gone"), item("F2", "stays"), item("F3", "gone")]
    ledger = pa.Table.from_pylist(
        [row | {"opened_on": hub.hub.as_of} for row in rows], schema=table_schema(FEEDBACK_ITEM)
    )
    hub.hub.lake.table("hub", FEEDBACK_ITEM.name).replace(ledger)
    folder = hub.hub.home.feedback / "community"
    folder.mkdir()
    parquet.write_table(ledger, folder / "2026-03-01.parquet")
    shown = pa.Table.from_pylist(rows)
    sheet = Sheet("必须更正", shown.column_names, shown)
    write_workbook(folder / "2026-03-01.xlsx", ["反馈"], [sheet])
    with hub.hub.connect() as con:
        run(con, "create temp table erased_key as select 'gone' as _key")
        forget_feedback(con, hub.hub, hub.feed)
    assert hub.hub.lake.table("hub", FEEDBACK_ITEM.name).num_rows == 1
    left = parquet.read_table(folder / "2026-03-01.parquet").column("item_id").to_pylist()
    assert left == ["F2"]
    book = openpyxl.load_workbook(folder / "2026-03-01.xlsx")
    cells = {cell.value for row in book["必须更正"].iter_rows() for cell in row}
    assert {"F2", "stays"} <= cells and not {"F1", "F3", "gone", "value of gone"} & cells
    assert sorted(path.name for path in folder.iterdir()) == [
        "2026-03-01.parquet", "2026-03-01.xlsx",
    ]  # fmt: skip


def test_what_runs_keep_of_the_erased_is_overwritten(tmp_path: Path) -> None:
    home = small_hub(tmp_path, WISH).hub.home
    path = home.dagster / "runs.db"
    with closing(sqlite3.connect(path)) as con, con:
        con.execute("create table event (id integer, body text)")
        con.execute("insert into event values (1, '| R1ERASED | 5 |'), (2, 'other')")
    erase_runs(home, ["R1ERASED"])
    assert b"R1ERASED" not in path.read_bytes()
    with closing(sqlite3.connect(path)) as con:
        bodies = con.execute("select body from event order by id").fetchall()
    assert bodies == [(f"| {ERASED} | 5 |",), ("other",)]


def test_a_numbers_keyed_hash_is_the_same_in_sql_and_in_python() -> None:
    from pipelines.erasure.match import attach_matching
    from pipelines.erasure.suppressed import Suppressed, digest

    for key in (b"short", b"k" * 200):
        listed = Suppressed(frozenset(), {"k": key}).with_said([("number", "36073119")])
        con = duckdb.connect()
        attach_matching(con, listed)
        sql = "select keyed(inner_pad, outer_pad, '36073119') from suppression_key"
        assert con.execute(sql).fetchall() == [(digest(key, "36073119"),)]
