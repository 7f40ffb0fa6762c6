"""DuckDB as the hub sets it up, over the lake."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation import engine
from foundation.engine import content_sql, run
from foundation.errors import LakeError
from foundation.home import Home
from foundation.lake import Lake

SCHEMA = pa.schema(
    [("_key", pa.string()), ("入户", pa.list_(pa.string())), ("at", pa.timestamp("us", "UTC"))]
)

# DuckDB's hash() gives both the same number.
ALIKE = ("贡江镇楚雄雅苑一期1幢802室", "贡江镇楚雄雅苑三期1幢702室")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "it's a 家")


@pytest.fixture
def con(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(engine.connect(home, "1GB", threads=2)) as connection:
        yield connection


def test_the_session_is_utc_offline_and_spills_into_the_home(
    con: duckdb.DuckDBPyConnection, home: Home
) -> None:
    names = ("TimeZone", "autoinstall_known_extensions", "preserve_insertion_order", "threads")
    said = [engine.run(con, "select current_setting($1)", [name])[0][0] for name in names]
    assert said == ["UTC", False, False, 2]
    assert engine.run(con, "select current_setting('temp_directory')")[0][0].startswith(
        str(home.spill)
    )


def test_a_view_reads_the_table_as_it_was_when_attached(
    con: duckdb.DuckDBPyConnection, home: Home
) -> None:
    lake = Lake(home.lake)
    table = lake.table("conformed", "x")
    table.append(pa.table({"_key": ["a"]}))
    table.append(pa.table({"_key": ["b"], "select": [2]}))
    snapshot = lake.commit_snapshot()
    engine.attach(con, lake, ["conformed.x"])
    table.merge(pa.table({"_key": ["c"]}))
    assert engine.run(con, 'select _key, "select" from conformed.x order by 1') == [
        ("a", None),
        ("b", 2),
    ]
    engine.attach(con, lake, ["conformed.x"])
    assert engine.run(con, "select count(*) from conformed.x") == [(3,)]
    engine.attach(con, lake, ["conformed.x"], snapshot=snapshot)
    assert engine.run(con, "select count(*) from conformed.x") == [(2,)]


def test_a_declared_table_that_is_not_there_yet_is_empty_and_typed(
    con: duckdb.DuckDBPyConnection, home: Home
) -> None:
    engine.attach(con, Lake(home.lake), ["raw.y"], {"raw.y": SCHEMA})
    assert engine.run(con, "select * from raw.y") == []
    assert [row[1] for row in engine.run(con, "describe raw.y")] == [
        "VARCHAR",
        "VARCHAR[]",
        "TIMESTAMP WITH TIME ZONE",
    ]
    with pytest.raises(LakeError, match=r"raw\.z: the table does not exist yet"):
        engine.attach(con, Lake(home.lake), ["raw.z"])


def test_a_declared_column_that_the_table_lacks_is_null(
    con: duckdb.DuckDBPyConnection, home: Home
) -> None:
    lake = Lake(home.lake)
    lake.table("raw", "y").append(pa.table({"_key": ["a"]}))
    engine.attach(con, lake, ["raw.y"], {"raw.y": SCHEMA})
    assert engine.run(con, 'select _key, "入户", "at" from raw.y') == [("a", None, None)]


def test_an_emptied_table_keeps_its_columns(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    lake = Lake(home.lake)
    table = lake.table("conformed", "x")
    table.append(pa.table({"_key": ["a"], "n": [1]}))
    table.delete(pa.table({"_key": ["a"]}))
    assert table.num_rows == 0
    engine.attach(con, lake, ["conformed.x"])
    assert engine.run(con, "select sum(n), count(*) from conformed.x") == [(None, 0)]


def test_rows_stream_in_batches_with_parameters(con: duckdb.DuckDBPyConnection) -> None:
    reader = engine.stream(
        con, "select i from range(10000) t(i) where i >= $low", {"low": 100}, rows=2048
    )
    assert sum(batch.num_rows for batch in reader) == 9900


def test_registered_data_can_be_read_twice(con: duckdb.DuckDBPyConnection) -> None:
    data = pa.table({"n": [1, 2]})
    engine.register(con, "mine", pa.RecordBatchReader.from_batches(data.schema, data.to_batches()))
    assert (
        engine.run(con, "select sum(n) from mine")
        == engine.run(con, "select sum(n) from mine")
        == [(3,)]
    )


def test_several_statements_run_and_the_last_one_answers(con: duckdb.DuckDBPyConnection) -> None:
    assert engine.run(
        con, "create table t as select 1 as n; insert into t values (2); select sum(n) from t"
    ) == [(3,)]


def test_an_error_names_the_statement_and_no_value(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(
        LakeError, match="SQL beginning 'one row a resident': ConversionException"
    ) as caught:
        engine.run(
            con, "-- one row a resident\nselect cast($1 as int)", ["王芳 362132199001011234"]
        )
    assert "王芳" not in str(caught.value)
    assert "3621" not in str(caught.value)


def test_sql_lives_beside_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "models_for_test"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "resident.sql").write_text("select 1", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert engine.read_sql("models_for_test", "resident") == "select 1"
    with pytest.raises(LakeError, match=r"models_for_test/absent\.sql"):
        engine.read_sql("models_for_test", "absent")


# What a writing of rows could confuse: what is missing, what looks so, and what parts values.
_CELL = st.none() | st.sampled_from(
    ["", "NULL", "null", "a", "a, b", "(a", "'", "\\'", "\x1f", "\n"]
)
_ROW = st.tuples(_CELL | st.text(max_size=4), _CELL, st.none() | st.integers(-3, 3))


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(_ROW, min_size=2, max_size=40))
def test_rows_have_one_number_only_if_they_are_one(rows: list[tuple[Any, ...]]) -> None:
    names = ("a", "b", "c")
    columns = zip(*rows, strict=True)
    kinds = (pa.string(), pa.string(), pa.int64())
    data = pa.table([pa.array(c, k) for c, k in zip(columns, kinds, strict=True)], names=[*names])
    with duckdb.connect() as con:
        con.register("said", data)
        [(distinct,)] = run(con, f"select count(distinct {content_sql(names)}) from said")
    assert distinct == len(set(rows))


def test_addresses_that_hash_alike_have_numbers_of_their_own(
    con: duckdb.DuckDBPyConnection,
) -> None:
    con.execute("create table home (a text); insert into home values (?), (?)", ALIKE)
    [(hashes, numbers)] = run(
        con, f"select count(distinct hash(a)), count(distinct {content_sql('a')}) from home"
    )
    assert (hashes, numbers) == (1, 2), "choose two others if DuckDB's hash has changed"
