"""A run's events are all in its storage, in their order, whatever waits to be written."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import DagsterEventType
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage

from foundation.home import Home
from pipelines.defs.launch import prepare_instance
from pipelines.defs.storage import PooledEventLogStorage

BOTH = [dg.AssetKey("left"), dg.AssetKey("right")]


@dg.multi_asset(
    specs=[dg.AssetSpec(key) for key in BOTH],
    check_specs=[dg.AssetCheckSpec("whole", asset=key) for key in BOTH],
)
def department() -> Iterator[dg.MaterializeResult]:
    for key in BOTH:
        checked = dg.AssetCheckResult(passed=True, check_name="whole", asset_key=key)
        yield dg.MaterializeResult(key, check_results=[checked])


@dg.asset(deps=BOTH)
def broken() -> dg.MaterializeResult:
    raise ValueError("no")


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    for name in ("DAGSTER_HOME", "HUB_HOME", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(name, "0")  # put back at the end
    home = Home(tmp_path / "home")
    home.lake  # noqa: B018 - makes the home
    prepare_instance(home)
    with dg.DagsterInstance.get() as made:
        yield made


def run(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return dg.materialize([department, broken], instance=instance, raise_on_error=False)


def by_another_process(instance: dg.DagsterInstance) -> PooledEventLogStorage:
    """The same file, read with nothing of what this process keeps in mind."""
    return PooledEventLogStorage(instance.event_log_storage._base_dir)


def test_every_event_of_a_run_is_stored_in_its_order(instance: dg.DagsterInstance) -> None:
    result = run(instance)
    records = by_another_process(instance).get_records_for_run(result.run_id).records
    stored = [record.event_log_entry for record in records]
    kinds = [entry.dagster_event_type for entry in stored if entry.step_key == "department"]
    assert kinds.count(DagsterEventType.STEP_OUTPUT) == 4
    happened = [event.event_type for event in result.all_events if event.step_key == "department"]
    planned = len(kinds) - len(happened)  # what a run plans is stored before it begins
    assert kinds[planned:] == happened
    assert [e.timestamp for e in stored] == sorted(e.timestamp for e in stored)


def test_assets_and_checks_are_known_at_once(instance: dg.DagsterInstance) -> None:
    run(instance)
    for key in BOTH:
        event = instance.get_latest_materialization_event(key)
        assert event is not None
        check = dg.AssetCheckKey(key, "whole")
        known = instance.event_log_storage.get_latest_asset_check_execution_by_key([check])
        assert known[check].status.value == "SUCCEEDED"


def test_assets_and_checks_are_stored_as_dagster_stores_them(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    """Two runs, of which the second finds every asset known: all columns but those of the clock."""
    records = [r for _ in range(2) for r in every_record(instance, run(instance).run_id)]
    (tmp_path / "own").mkdir()
    own = ConsolidatedSqliteEventLogStorage(str(tmp_path / "own"))
    for record in records:
        own.store_event(record.event_log_entry)
    for name in ("event_logs", "asset_keys", "asset_check_executions"):
        ours, theirs = (rows_of(one, name) for one in (instance.event_log_storage, own))
        assert ours and ours == theirs


def every_record(instance: dg.DagsterInstance, run_id: str) -> list[dg.EventLogRecord]:
    return [*instance.event_log_storage.get_records_for_run(run_id).records]


def rows_of(storage: ConsolidatedSqliteEventLogStorage, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(storage.get_db_path())) as con:
        columns = [name for _, name, *_ in con.execute(f"pragma table_info({table})")]
        shown = ", ".join(name for name in columns if name != "create_timestamp")
        return con.execute(f"select {shown} from {table} order by id").fetchall()


def test_an_output_that_waits_is_found_by_a_reader_and_survives_a_failed_write(
    instance: dg.DagsterInstance,
) -> None:
    storage = instance.event_log_storage
    assert isinstance(storage, PooledEventLogStorage)
    run_id = run(instance).run_id
    outputs = [
        record.event_log_entry
        for record in storage.get_records_for_run(run_id).records
        if record.event_log_entry.dagster_event_type is DagsterEventType.STEP_OUTPUT
    ]
    again = outputs[0]._replace(run_id="another")
    storage.store_event(again)
    with pytest.raises(ZeroDivisionError), storage.run_connection("another"):
        1 / 0  # noqa: B018
    assert [r.event_log_entry for r in storage.get_records_for_run("another").records] == [again]


def test_disposing_writes_what_waits(instance: dg.DagsterInstance) -> None:
    run_id = run(instance).run_id
    storage = by_another_process(instance)
    records = storage.get_records_for_run(run_id, of_type=DagsterEventType.STEP_OUTPUT).records
    storage.store_event(records[0].event_log_entry._replace(run_id="another"))
    storage.dispose()
    assert len(instance.event_log_storage.get_records_for_run("another").records) == 1
