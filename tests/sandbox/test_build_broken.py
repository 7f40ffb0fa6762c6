"""Some rows of a county break an error rule: the truth says which, and the rest stays as it was."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from sandbox.broken import PICTURE, UNKNOWN_ACT, ZERO_TIME
from sandbox.build import build_county
from sandbox.dirt import DAMAGES
from schemas import FEEDS

KINDS = {damage.kind: damage for damage in DAMAGES if damage.cell == "broken"}
Rows = list[dict[str, object]]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("broken") / "c"
    build_county(4_000, 7, folder, days=2)
    return folder


def damages(county: Path) -> Rows:
    found = pq.read_table(county / "truth/damages.parquet").to_pylist()
    return [row for row in found if row["damage"] in KINDS]


def cells(county: Path, kind: str) -> list[object]:
    """The cells that the truth says are broken in this way."""
    found = []
    for row in (row for row in damages(county) if row["damage"] == kind):
        feed = FEEDS[f"{row['department']}.{row['feed']}"]
        rows = pq.read_table(county / feed.department / f"{feed.name}.parquet").to_pylist()
        [hit] = [
            r for r in rows if "|".join(str(r[k] or "") for k in feed.key) == row["record_key"]
        ]
        found.append(hit[str(row["column"])])
    return found


def test_even_a_small_county_has_every_kind_in_each_of_its_feeds(county: Path) -> None:
    found = {(row["damage"], f"{row['department']}.{row['feed']}") for row in damages(county)}
    assert found == {(kind, feed) for kind, damage in KINDS.items() for feed in damage.feeds}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("row_key_missing", None),
        ("row_cursor_unreadable", ZERO_TIME),
        ("row_endless_text", PICTURE),
        ("row_nobody", None),
        ("row_code_unknown", UNKNOWN_ACT),
    ],
)
def test_a_row_is_broken_as_named(county: Path, kind: str, value: str | None) -> None:
    assert set(cells(county, kind)) == {value}


def test_nul_bytes_stand_only_where_json_carries_them(county: Path) -> None:
    assert all("\0" in str(value) for value in cells(county, "row_nul_byte"))
    for feed in FEEDS.values():
        table = pq.read_table(county / feed.department / f"{feed.name}.parquet")
        has_nul = any(
            "\0" in str(cell) for name in feed.sources for cell in table[name].to_pylist()
        )
        assert has_nul == (feed.id in KINDS["row_nul_byte"].feeds), feed.id
        assert not has_nul or feed.transport == "rest"


def test_who_is_named_by_nobody_is_not_in_the_truth(county: Path) -> None:
    named = pq.read_table(county / "truth/mentions.parquet").to_pylist()
    keys = {(row["feed"], row["record_key"]) for row in named if row["slot"] == "self"}
    nobody = [row for row in damages(county) if row["damage"] == "row_nobody"]
    assert nobody and not keys & {(row["feed"], row["record_key"]) for row in nobody}


def test_a_row_is_broken_in_one_way_and_no_longer_damaged_where_it_was_overwritten(
    county: Path,
) -> None:
    every = pq.read_table(county / "truth/damages.parquet").to_pylist()
    broken = damages(county)
    rows = Counter((row["feed"], row["record_key"], row["column"]) for row in broken)
    assert set(rows.values()) == {1}
    cells_broken = set(rows)
    twice = [
        row
        for row in every
        if (row["feed"], row["record_key"], row["column"]) in cells_broken
        and row["damage"] not in KINDS
    ]
    assert not twice


def test_few_rows_are_broken(tmp_path: Path) -> None:
    summary = build_county(20_000, 1, tmp_path / "c", days=0)
    rows = sum(summary.rows.values())
    count = (
        "select count(*) from (select distinct feed, record_key from d where damage like 'row_%')"
    )
    con = duckdb.connect()
    con.execute(f"create view d as from '{tmp_path}/c/truth/damages.parquet'")
    [(broken,)] = con.execute(count).fetchall()
    assert 20 < broken / rows * 100_000 < 80


def test_all_else_is_as_in_a_county_without_broken_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_county(600, 3, tmp_path / "with", days=1)
    monkeypatch.setattr("sandbox.build.break_rows", lambda world, draft: None)
    build_county(600, 3, tmp_path / "without", days=1)
    for feed in FEEDS.values():
        file = f"{feed.department}/{feed.name}.parquet"
        one, other = (pq.read_table(tmp_path / name / file) for name in ("with", "without"))
        differing = sum(a != b for a, b in zip(one.to_pylist(), other.to_pylist(), strict=True))
        kinds = [kind for kind, damage in KINDS.items() if feed.id in damage.feeds]
        assert differing == len(kinds), feed.id
