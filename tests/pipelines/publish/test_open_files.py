"""Open files: what the views show and no more, of one snapshot, written where something changed."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from deltalake import DeltaTable
from warehouse_county import AS_OF, add_person, hub_in, small_county

from foundation.errors import LakeError
from pipelines.hub import Hub
from pipelines.publish.contract import RESTRICTED, shown
from pipelines.publish.open_files import DATABASE, MANIFEST, write_open_files
from pipelines.warehouse.run import build
from schemas.warehouse import TABLES

CANARY = "36213219400501001X"
SOMEBODY: dict[str, Any] = {"name": "钟离惜", "birth": date(1940, 5, 1), "dwelling": "d1"}


@pytest.fixture
def hub(tmp_path: Path, built: Path) -> Hub:
    hub = hub_in(Path(shutil.copytree(built, tmp_path / "home")))
    hub.lake.commit_snapshot(note=AS_OF.isoformat())
    return hub


def ids(folder: Path) -> set[str]:
    with duckdb.connect(str(folder / DATABASE), read_only=True) as con:
        return {row[0] for row in con.execute("select resident_id from api_v1.resident").fetchall()}


def test_delta_and_duckdb_hold_what_the_views_show(hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "open"
    report = write_open_files(hub, folder)
    assert report.as_of == AS_OF.isoformat()
    there = {path.name for path in (folder / "delta").iterdir()}
    assert there == set(TABLES) - RESTRICTED == set(report.written)
    for name in there:
        visible = [column.name for column in shown(TABLES[name])]
        assert DeltaTable(folder / "delta" / name).schema().to_arrow().names == visible
    residents = duckdb.from_arrow(DeltaTable(folder / "delta" / "resident").to_pyarrow_table())
    assert {row[0] for row in residents.select("resident_id").fetchall()} == ids(folder)


def test_what_is_sensitive_is_there_only_when_asked_for(hub: Hub, tmp_path: Path) -> None:
    write_open_files(hub, tmp_path / "open", sensitive=True)
    assert {path.name for path in (tmp_path / "open" / "delta").iterdir()} == set(TABLES)
    write_open_files(hub, tmp_path / "open")
    assert not RESTRICTED & {path.name for path in (tmp_path / "open" / "delta").iterdir()}
    with duckdb.connect(str(tmp_path / "open" / DATABASE), read_only=True) as con:
        named = {row[0] for row in con.execute("select table_name from duckdb_tables()").fetchall()}
    assert not named & RESTRICTED


def test_no_id_number_is_in_any_file(hub: Hub, tmp_path: Path) -> None:
    county = small_county()
    add_person(county, "canary", number=CANARY, **SOMEBODY)
    county.write(hub.lake)
    build(hub)
    hub.lake.commit_snapshot(note=AS_OF.isoformat())
    write_open_files(hub, tmp_path / "open", sensitive=True)
    for path in (tmp_path / "open").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert CANARY.encode() not in content and SOMEBODY["name"].encode() not in content


def test_the_same_snapshot_again_writes_nothing(hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "open"
    write_open_files(hub, folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert write_open_files(hub, folder).written == ()
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()} == before


def test_a_reader_of_last_night_keeps_it_while_tonight_is_written(hub: Hub, tmp_path: Path) -> None:
    folder, county = tmp_path / "open", small_county()
    write_open_files(hub, folder)
    manifest = (folder / MANIFEST).read_bytes()
    residents = DeltaTable(folder / "delta" / "resident")
    reader = duckdb.connect(str(folder / DATABASE), read_only=True)
    count = "select count(*) from api_v1.resident"
    before = reader.execute(count).fetchall()
    add_person(county, "new", **SOMEBODY)
    county.write(hub.lake)
    build(hub)
    hub.lake.commit_snapshot(note=AS_OF.isoformat())
    report = write_open_files(hub, folder)
    assert "resident" in report.written and "division" not in report.written
    assert (folder / MANIFEST).read_bytes() != manifest
    assert reader.execute(count).fetchall() == before  # the file that it opened, not the new one
    assert residents.to_pyarrow_table().num_rows == before[0][0]
    reader.close()
    assert len(ids(folder)) == before[0][0] + 1


def test_before_anything_is_published_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="hub sync"):
        write_open_files(hub_in(tmp_path / "home"), tmp_path / "open")
