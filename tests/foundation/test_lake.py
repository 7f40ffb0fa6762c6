"""The lake: atomic tables, snapshots, recovery, upkeep, and no personal value in a log."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation import engine, layers
from foundation.errors import LakeError, SourceUnreachable
from foundation.home import Home
from foundation.lake import Lake, LakeTable

CANARY = "CANARY362132199001011234"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(Home(tmp_path / "家 with space").lake)


@pytest.fixture
def table(lake: Lake) -> LakeTable:
    return lake.table("conformed", "civil_affairs_cremation")


def rows(**values: int) -> pa.Table:
    return pa.table(
        {"_key": pa.array(values, pa.string()), "n": pa.array(values.values(), pa.int64())}
    )


def keys(*values: str) -> pa.Table:
    return pa.table({"_key": pa.array(values, pa.string())})


def content(table: LakeTable) -> dict[str, int]:
    con = duckdb.connect()
    found = con.sql(table.select(con)).select("_key", "n").fetchall()
    assert len(found) == table.num_rows == len(dict(found))
    return dict(found)


def picked(table: LakeTable, names: set[str]) -> dict[str, int]:
    with duckdb.connect() as con:
        engine.register(con, "wanted", keys(*names))
        table.pick(con, "wanted", "found")
        return dict(con.sql("select _key, n from found").fetchall())


def test_a_replayed_batch_appends_nothing(table: LakeTable) -> None:
    assert table.app_version("pull") is None
    assert table.append(rows(a=1), app=("pull", 7))
    assert not table.append(rows(b=2), app=("pull", 7))
    assert not table.append(rows(b=2), app=("pull", 6))
    assert table.append(rows(c=3), app=("other", 1))
    assert (content(table), table.app_version("pull")) == ({"a": 1, "c": 3}, 7)


@settings(max_examples=15, deadline=None)
@given(numbers=st.lists(st.integers(0, 6), min_size=1, max_size=10))
def test_any_order_of_replays_leaves_each_accepted_batch_once(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int]
) -> None:
    table = Lake(tmp_path_factory.mktemp("lake") / "lake").table("raw", "x")
    accepted = [n for n in numbers if table.append(rows(**{f"k{n}": n}), app=("pull", n))]
    assert accepted == sorted(set(accepted))
    assert content(table) == {f"k{n}": n for n in accepted}


def test_a_merge_updates_inserts_and_deletes_in_one_commit(table: LakeTable) -> None:
    table.append(rows(a=1, b=2, c=3))
    assert table.merge(rows(b=20, d=4), keys("c", "unknown"))
    assert content(table) == {"a": 1, "b": 20, "d": 4}
    assert table.version == 1


merges = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 99)),
        st.sets(st.sampled_from("abcdef")),
    ),
    max_size=4,
)


@settings(max_examples=15, deadline=None)
@given(steps=merges, share=st.sampled_from([0.0, 1.5, 99.0]))
def test_merges_do_what_a_dictionary_does(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[dict[str, int], set[str]]],
    share: float,
) -> None:
    """Rewritten at every merge, at some, or never: share is how large layers may grow."""
    table = Lake(tmp_path_factory.mktemp("lake") / "lake").table("conformed", "x")
    expected = {"a": 1, "z": 26}
    table.append(rows(**expected))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers, "MIN_ROWS", 0)
        patch.setattr(layers, "MOST_SHARE", share)
        for changes, gone in steps:
            gone -= set(changes)
            table.merge(rows(**changes), pa.table({"_key": pa.array(sorted(gone), pa.string())}))
            expected = {key: n for key, n in (expected | changes).items() if key not in gone}
            assert content(table) == expected
            some = {*changes, *gone, "a"}
            assert picked(table, some) == {k: n for k, n in expected.items() if k in some}


@pytest.fixture
def layered(table: LakeTable, monkeypatch: pytest.MonkeyPatch) -> LakeTable:
    """A table of three rows whose merges are layers."""
    monkeypatch.setattr(layers, "MIN_ROWS", 0)
    monkeypatch.setattr(layers, "MOST_SHARE", 99.0)
    table.append(rows(a=1, b=2, c=3))
    return table


def test_few_changes_are_a_layer_and_leave_the_base_file_alone(layered: LakeTable) -> None:
    [base] = layered.files()
    layered.merge(rows(b=20), keys("c"))
    assert base in layered.files()
    assert len(layered.files()) == 2
    assert content(layered) == {"a": 1, "b": 20}
    assert "_gone" not in layered.schema().names
    layered.merge(rows(c=30))
    assert content(layered) == {"a": 1, "b": 20, "c": 30}


def test_a_layer_may_bring_a_column_and_a_rewrite_takes_all_layers_in(
    layered: LakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    layered.merge(pa.table({"_key": ["b"], "n": [20], "note": ["new"]}))
    con = duckdb.connect()
    assert con.sql(layered.select(con)).order("n").fetchall() == [
        ("a", 1, None),
        ("c", 3, None),
        ("b", 20, "new"),
    ]
    monkeypatch.setattr(layers, "MOST_SHARE", 0.0)
    layered.merge(rows(d=4))
    assert len(layered.files()) == 1
    assert content(layered) == {"a": 1, "b": 20, "c": 3, "d": 4}


def test_the_keys_changed_since_a_mark_are_known_until_the_table_is_rewritten(
    layered: LakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = layered.mark()
    layered.merge(rows(b=20), keys("c"))
    between = layered.mark()
    layered.merge(rows(d=4))
    assert len({before, between, layered.mark()}) == 3
    assert sorted(duckdb.sql(str(layered.changed_since(before))).fetchall()) == [
        ("b",),
        ("c",),
        ("d",),
    ]
    assert duckdb.sql(str(layered.changed_since(between))).fetchall() == [("d",)]
    assert layered.changed_since(layered.mark()) is None
    monkeypatch.setattr(layers, "MOST_SHARE", 0.0)
    layered.merge(rows(e=5))
    assert layered.changed_since(between) is None


def test_a_lake_that_is_moved_keeps_its_marks(layered: LakeTable, tmp_path: Path) -> None:
    layered.merge(rows(b=20), keys("c"))
    mark = layered.mark()
    layered.merge(rows(d=4))
    root = layered.path.parent.parent
    moved = Lake(shutil.copytree(root, tmp_path / "moved")).table(layered.zone, layered.name)
    assert moved.mark() == layered.mark()
    assert duckdb.sql(str(moved.changed_since(mark))).fetchall() == [("d",)]


def test_an_older_version_and_a_restored_one_have_their_own_layers(layered: LakeTable) -> None:
    layered.merge(rows(b=20))
    then = layered.version
    layered.merge(rows(b=200), keys("a"))
    con = duckdb.connect()
    assert sorted(con.sql(layered.select(con, version=then)).fetchall()) == [
        ("a", 1),
        ("b", 20),
        ("c", 3),
    ]
    layered.restore(then)
    assert content(layered) == {"a": 1, "b": 20, "c": 3}


def test_a_merge_with_nothing_to_do_makes_no_commit(table: LakeTable) -> None:
    assert not table.merge(rows())
    assert not table.exists
    table.append(rows(a=1))
    assert not table.merge(rows(), keys())
    assert table.version == 0


def test_a_merge_makes_the_table_and_adds_new_columns(table: LakeTable) -> None:
    assert table.merge(rows(a=1))
    table.merge(pa.table({"_key": ["b"], "n": [2], "note": ["new"]}))
    assert table.schema().names == ["_key", "n", "note"]
    assert duckdb.from_parquet(table.files(), union_by_name=True).order("n").fetchall() == [
        ("a", 1, None),
        ("b", 2, "new"),
    ]


def test_repeated_or_missing_keys_are_refused_before_anything_is_written(table: LakeTable) -> None:
    table.append(rows(a=1))
    wrong = pa.table({"_key": ["b", "b", None], "n": [1, 2, 3]})
    with pytest.raises(LakeError, match="of 3 changed rows 1 repeat a key and 1 have none"):
        table.merge(wrong)
    assert table.version == 0


def test_a_key_of_several_columns(table: LakeTable) -> None:
    data = pa.table({"a": [1, 1, 2], "b": ["x", "y", "x"], "n": [1, 2, 3]})
    table.append(data)
    table.merge(
        data.slice(1, 1).set_column(2, "n", [[20]]),
        data.slice(2, 1).select(["a", "b"]),
        key=("a", "b"),
    )
    assert sorted(duckdb.from_parquet(table.files()).fetchall()) == [(1, "x", 1), (1, "y", 20)]


def test_rows_are_deleted_without_their_keys_reaching_the_log(table: LakeTable) -> None:
    table.append(pa.table({"_key": ["a", CANARY], "n": [1, 2]}))
    assert table.delete(keys(CANARY))
    assert content(table) == {"a": 1}
    assert CANARY not in log_text(table)


def test_the_delta_log_holds_the_range_of_surrogates_and_of_nothing_personal(lake: Lake) -> None:
    with_batch, without = lake.table("raw", "x"), lake.table("identity", "y")
    data = pa.table({"_key": [CANARY], "name": [CANARY], "_batch": [4711]})
    with_batch.append(data, app=("pull", 1))
    with_batch.merge(data)
    with_batch.compact()
    without.replace(data.drop_columns(["_batch"]))
    for table in (with_batch, without):
        table.tidy_log()
        assert list((table.path / "_delta_log").glob("*.checkpoint.parquet"))
        assert CANARY not in log_text(table)
    assert '\\"minValues\\":{\\"_batch\\":4711}' in log_text(with_batch)


def log_text(table: LakeTable) -> str:
    """Everything in the log: commits as text, checkpoints unpacked."""
    log = table.path / "_delta_log"
    commits = [path.read_text(encoding="utf-8") for path in log.glob("*.json")]
    checkpoints = [str(pq.read_table(path).to_pylist()) for path in log.rglob("part-*.parquet")]
    return "\n".join(commits + checkpoints)


def test_columns_that_are_new_are_added_by_an_append_and_changed_by_a_replace(
    table: LakeTable,
) -> None:
    table.append(rows(a=1))
    table.append(pa.table({"_key": ["b"], "extra": ["x"]}))
    assert table.schema().names == ["_key", "n", "extra"]
    table.replace(pa.table({"_key": [1.5]}))
    assert table.schema().field("_key").type == pa.float64()


def test_a_value_that_does_not_fit_the_table_is_refused_without_being_quoted(
    table: LakeTable,
) -> None:
    table.append(rows(a=1))
    with pytest.raises(LakeError, match="column n: a value of type string does not fit") as caught:
        table.append(pa.table({"_key": ["b"], "n": ["王芳"]}))
    assert "王芳" not in str(caught.value)
    assert content(table) == {"a": 1}


def test_times_are_stored_in_utc_by_the_rule_that_is_named(table: LakeTable) -> None:
    noon = datetime(2026, 3, 1, 12)
    table.append(pa.table({"at": pa.array([noon], pa.timestamp("ns"))}), naive="Asia/Shanghai")
    table.append(pa.table({"at": pa.array([noon], pa.timestamp("us"))}))
    table.append(pa.table({"at": pa.array([noon], pa.timestamp("us", "Asia/Tokyo"))}))
    assert table.schema().field("at").type == pa.timestamp("us", "UTC")
    con = duckdb.connect()
    con.execute("load icu; set TimeZone = 'UTC'")
    found = con.from_parquet(table.files()).order('"at"').fetchall()
    assert [at.astimezone(UTC).hour for (at,) in found] == [4, 12, 12]


def test_types_that_delta_lacks_become_the_next_wider_or_are_named(table: LakeTable) -> None:
    data = pa.table(
        {
            "code": pa.array(["a", "a"]).dictionary_encode(),
            "big": pa.array([2**32 - 1, 0], pa.uint32()),
            "tags": pa.array([["x"], None], pa.large_list(pa.large_string())),
            "nothing": pa.nulls(2),
        }
    )
    table.append(data)
    assert list(map(str, table.schema().types)) == [
        "string",
        "int64",
        "list<element: string>",
        "string",
    ]
    with pytest.raises(LakeError, match="column t: its type"):
        table.append(pa.table({"t": pa.nulls(1, pa.time64("us"))}))


def test_a_source_that_fails_in_mid_stream_leaves_the_table_and_its_own_error(
    table: LakeTable,
) -> None:
    table.append(rows(a=1))

    def batches() -> Iterator[pa.RecordBatch]:
        yield from rows(b=2).to_batches()
        raise SourceUnreachable("feed", "the line broke", "nothing was written", "try again")

    for write in (table.append, table.merge, table.replace):
        with pytest.raises(SourceUnreachable, match="the line broke"):
            write(pa.RecordBatchReader.from_batches(rows().schema, batches()))
    assert content(table) == {"a": 1}


def test_a_query_that_fails_in_mid_stream_leaves_the_table_and_shows_no_value(
    lake: Lake, table: LakeTable
) -> None:
    table.append(rows(a=1))
    sql = """select i::varchar as _key, if(i = 299999, '王芳', i::varchar)::bigint as n
             from range(300000) t(i)"""
    with closing(engine.connect(lake.root / ".spill", "1GB")) as con:
        for write in (table.append, table.merge, table.replace):
            with pytest.raises(LakeError) as caught:
                write(engine.stream(con, sql))
            assert "王芳" not in str(caught.value)
    assert content(table) == {"a": 1}


def test_what_was_written_after_the_snapshot_is_taken_back(lake: Lake, table: LakeTable) -> None:
    raw, late = lake.table("raw", "x"), lake.table("warehouse", "late")
    table.append(rows(a=1), app=("conform", 1))
    lake.commit_snapshot(1, "first night")
    table.merge(rows(a=10, b=2), app=("conform", 2))
    raw.append(rows(r=1))
    late.replace(rows(z=1))
    assert sorted(lake.recover()) == ["conformed.civil_affairs_cremation", "warehouse.late"]
    assert content(table) == {"a": 1}
    assert (content(raw), late.exists) == ({"r": 1}, False)
    assert lake.recover() == []
    assert list((lake.root / "warehouse").iterdir()) == []
    # The number went back with the rows, or this batch could never be written again.
    assert table.merge(rows(a=10, b=2), app=("conform", 2))
    assert content(table) == {"a": 10, "b": 2}


def test_a_ledger_may_be_exempt_from_recovery(lake: Lake) -> None:
    decisions, edges = lake.table("identity", "decision"), lake.table("identity", "edge")
    decisions.append(rows(a=1))
    edges.append(rows(a=1))
    assert lake.recover(exempt=["identity.decision"]) == ["identity.edge"]
    assert content(decisions) == {"a": 1}


def test_a_snapshot_names_one_version_of_every_derived_table(lake: Lake, table: LakeTable) -> None:
    assert lake.snapshot() is None
    assert lake.commit_snapshot().number == 1
    table.append(rows(a=1))
    lake.table("raw", "x").append(rows(a=1))
    made = lake.commit_snapshot(5, "night")
    table.append(rows(b=2))
    assert lake.snapshot() == made
    assert made.versions == {"conformed.civil_affairs_cremation": 0}
    assert len(table.files(made.versions[table.full_name])) == 1
    with pytest.raises(LakeError, match="number 4 is below the last one, 5"):
        lake.commit_snapshot(4)


def test_upkeep_joins_small_files_and_keeps_what_the_snapshot_needs(
    lake: Lake, table: LakeTable
) -> None:
    raw = lake.table("raw", "x")
    for n in range(5):
        raw.append(rows(**{f"k{n}": n}))
        table.merge(rows(a=n))
    lake.commit_snapshot(1)
    lake.maintain(keep_hours=0)
    for each in (raw, table):
        assert len(each.files()) == len(list(each.path.rglob("part-*.parquet"))) == 1
    assert content(raw) == {f"k{n}": n for n in range(5)}
    snapshot = lake.snapshot()
    assert snapshot
    assert snapshot.versions[table.full_name] == table.version
    table.merge(rows(a=99))
    done = lake.maintain(keep_hours=0)
    assert done[table.full_name] == "left alone: ahead of the snapshot"
    lake.recover()
    assert content(table) == {"a": 4}


KILLED = """
import os, signal, sys
import pyarrow as pa
from foundation.lake import Lake

def batches():
    for start in range(0, 400_000, 50_000):
        if start == 350_000:
            os.kill(os.getpid(), signal.SIGKILL)
        numbers = pa.array(range(start, start + 50_000), pa.int64())
        yield pa.record_batch({"_key": numbers.cast(pa.string()), "n": numbers})

schema = pa.schema([("_key", pa.string()), ("n", pa.int64())])
table = Lake(sys.argv[1]).table("conformed", "civil_affairs_cremation")
getattr(table, sys.argv[2])(pa.RecordBatchReader.from_batches(schema, batches()))
"""


@pytest.mark.parametrize("action", ["merge", "append", "replace"])
def test_a_writer_killed_in_the_middle_leaves_the_table_as_it_was(
    lake: Lake, table: LakeTable, action: str
) -> None:
    table.append(rows(a=1))
    run = subprocess.run([sys.executable, "-c", KILLED, str(lake.root), action], check=False)
    assert run.returncode == -signal.SIGKILL
    assert content(table) == {"a": 1}
    (table.path / "part-orphan.parquet").write_bytes(b"half a file")
    os.utime(table.path / "part-orphan.parquet", (0, 0))
    lake.commit_snapshot()
    lake.maintain(keep_hours=0)
    assert [str(path) for path in table.path.rglob("part-*.parquet")] == table.files()
    table.merge(rows(a=2))
    assert content(table) == {"a": 2}


def test_a_name_that_is_no_table_is_refused(lake: Lake) -> None:
    for zone, name in (("rawr", "x"), ("raw", "../x"), ("raw", "")):
        with pytest.raises(LakeError, match="not a table's name"):
            lake.table(zone, name)
    with pytest.raises(LakeError, match="cannot be opened"):
        lake.table("raw", "absent").files()
