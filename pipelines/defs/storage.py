"""Dagster's run and event storage in SQLite, with connections that stay open.

    dagster.yaml: run_storage, event_log_storage -> these two classes -> home/dagster/*.db

Dagster opens a new SQLite connection for every event and closes it again, which checkpoints
the write-ahead log each time: some 15 ms an event, and a night of the hub has a thousand.
Kept open, and with ``synchronous = NORMAL`` (safe in WAL mode: a power cut may lose the last
events, never the file), the same night takes a third of the time. What an event writes to the
tables of assets and checks goes through statements that are compiled once; Dagster builds each of
them anew, and tries an insert that fails for every asset it knows. Needs no secrets.
"""

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache, cached_property
from typing import Any

import sqlalchemy
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, DagsterEventType
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log import (
    AssetKeyTable,
    ConsolidatedSqliteEventLogStorage,
    SqlEventLogStorageTable,
)
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.runs import SqliteRunStorage
from sqlalchemy.dialects import sqlite
from sqlalchemy.pool import QueuePool

BUSY_TIMEOUT_S = 60

_EVENT = SqlEventLogStorageTable.insert()
_PLANNED_CHECK = AssetCheckExecutionsTable.insert()
_CHECK_COLUMNS = AssetCheckExecutionsTable.c
# One row was planned of each check of a run.
_CHECKED = AssetCheckExecutionsTable.update().where(
    _CHECK_COLUMNS.asset_key == sqlalchemy.bindparam("of_asset"),
    _CHECK_COLUMNS.check_name == sqlalchemy.bindparam("of_check"),
    _CHECK_COLUMNS.run_id == sqlalchemy.bindparam("of_run"),
    _CHECK_COLUMNS.partition.is_(None),
)


def _pooled(url: str) -> sqlalchemy.Engine:
    engine = sqlalchemy.create_engine(
        url,
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=60,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
    )

    @sqlalchemy.event.listens_for(engine, "connect")
    def _quick(connection: Any, _record: object) -> None:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")

    return engine


class PooledEventLogStorage(ConsolidatedSqliteEventLogStorage):
    """The event log in one SQLite file; what one event writes to its tables is one transaction.

    That a step had an output is written with the event that follows, which says what it was: each
    asset and each check has an output, and none waits longer than for its own report. Whoever
    reads through this storage finds it.
    """

    @cached_property
    def _engine(self) -> sqlalchemy.Engine:
        return _pooled(self._conn_string)

    @contextmanager
    def _connect(self) -> Iterator[sqlalchemy.Connection]:
        batch: sqlalchemy.Connection | None = getattr(self._batch, "connection", None)
        if batch is not None:
            yield batch
            return
        outputs = self._waiting()
        try:
            with self._engine.connect() as connection, connection.begin():
                if outputs:
                    rows = [self._event_to_row(event) for event in outputs]
                    connection.execute(SqlEventLogStorageTable.insert(), rows)
                yield connection
        except BaseException:
            self._outputs.extendleft(reversed(outputs))
            raise

    @contextmanager
    def _one_transaction(self) -> Iterator[sqlalchemy.Connection]:
        """All that this thread stores within is committed at its end, or nothing of it."""
        batch: sqlalchemy.Connection | None = getattr(self._batch, "connection", None)
        if batch is not None:
            yield batch
            return
        with self._connect() as connection:
            self._batch.connection = connection
            try:
                yield connection
            finally:
                del self._batch.connection

    def store_event(self, event: EventLogEntry) -> None:
        """Store an event with what it says of its asset or check; an output with the next event."""
        if event.dagster_event_type == DagsterEventType.STEP_OUTPUT:
            self._outputs.append(event)
            return
        with self._one_transaction() as connection:
            row = self._event_to_row(event)
            stored = connection.execute(_EVENT, row).inserted_primary_key
            event_id = int(stored[0]) if stored else None
            kind = event.dagster_event_type
            if event_id is not None and kind in ASSET_EVENTS and row["asset_key"]:
                self._store_asset_event_tags(connection, [event], [event_id])
                self._store_asset_event(connection, event, event_id)
            if kind in ASSET_CHECK_EVENTS and not self._store_check(
                connection, row, event_id, event
            ):
                self.store_asset_check_event(event, event_id)

    def _store_asset_event(
        self, conn: sqlalchemy.Connection, event: EventLogEntry, event_id: int
    ) -> None:
        """What is last known of the event's asset."""
        has_index = self._has_asset_key_index_cols_on_connection(conn)
        values = self._get_asset_entry_values(event, event_id, has_index)
        if values:
            key = event.get_dagster_event().asset_key
            assert key is not None, "the caller has looked"
            conn.execute(_known_asset(tuple(values)), {"asset_key": key.to_string(), **values})

    def _store_check(
        self,
        connection: sqlalchemy.Connection,
        row: Mapping[str, Any],
        event_id: int | None,
        event: EventLogEntry,
    ) -> bool:
        """What an event says of its check, if it is of the kind that the hub's runs have: planned
        and then found by a run, of the asset as a whole."""
        data: Any = event.get_dagster_event().event_specific_data
        said = {
            "evaluation_event": row["event"],
            "evaluation_event_timestamp": row["timestamp"],
            "evaluation_event_storage_id": event_id,
        }
        if event.dagster_event_type == DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED:
            is_usual = not data.partitions_subset
            if is_usual:
                connection.execute(_PLANNED_CHECK, _planned(data, event.run_id) | said)
            return is_usual
        if not event.run_id or data.partition is not None:
            return False
        return connection.execute(_CHECKED, _found(data, event.run_id) | said).rowcount > 0

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Events that belong together, in one transaction: what a run plans is five hundred."""
        with self._one_transaction():
            super().store_event_batch(events)

    def dispose(self) -> None:
        """Write what still waits for a next event."""
        with self._connect():
            pass
        super().dispose()  # type: ignore[no-untyped-call]

    def _waiting(self) -> list[EventLogEntry]:
        """Take the outputs that wait, oldest first."""
        taken = []
        with suppress(IndexError):
            while True:
                taken.append(self._outputs.popleft())
        return taken

    @cached_property
    def _outputs(self) -> deque[EventLogEntry]:
        return deque()

    @cached_property
    def _batch(self) -> threading.local:
        return threading.local()

    def _has_asset_key_index_cols_on_connection(self, conn: sqlalchemy.Connection) -> bool:
        """Whether the columns exist: remembered, since Dagster asks for each event."""
        if not self._is_indexed:
            self._is_indexed = super()._has_asset_key_index_cols_on_connection(conn)
        return self._is_indexed

    _is_indexed = False

    def has_asset_key_col(self, column_name: str) -> bool:
        """Whether the column exists: remembered, since Dagster asks for each asset's versions."""
        if column_name not in self._columns and super().has_asset_key_col(column_name):
            self._columns.add(column_name)
        return column_name in self._columns

    @cached_property
    def _columns(self) -> set[str]:
        return set()

    def has_table(self, table_name: str) -> bool:
        """Whether the table exists: remembered, since Dagster asks for each event."""
        if table_name not in self._tables:
            with self._engine.connect() as connection:
                if not self._engine.dialect.has_table(connection, table_name):
                    return False
            self._tables.add(table_name)
        return True

    @cached_property
    def _tables(self) -> set[str]:
        return set()


def _planned(check: Any, run_id: str) -> dict[str, Any]:
    return {
        "asset_key": check.asset_key.to_string(),
        "check_name": check.check_name,
        "run_id": run_id,
        "execution_status": AssetCheckExecutionRecordStatus.PLANNED.value,
    }


def _found(check: Any, run_id: str) -> dict[str, Any]:
    status = AssetCheckExecutionRecordStatus
    target = check.target_materialization_data
    return {
        "of_asset": check.asset_key.to_string(),
        "of_check": check.check_name,
        "of_run": run_id,
        "execution_status": (status.SUCCEEDED if check.passed else status.FAILED).value,
        "materialization_event_storage_id": target.storage_id if target else None,
    }


@cache
def _known_asset(names: tuple[str, ...]) -> sqlite.Insert:
    """Statement that writes these columns of an asset, be it known or new."""
    new = sqlite.insert(AssetKeyTable)
    written = {name: new.excluded[name] for name in names}
    return new.on_conflict_do_update(index_elements=["asset_key"], set_=written)


class PooledRunStorage(SqliteRunStorage):
    """The runs in one SQLite file."""

    @cached_property
    def _engine(self) -> sqlalchemy.Engine:
        return _pooled(self._conn_string)

    @contextmanager
    def connect(self) -> Iterator[sqlalchemy.Connection]:
        """A connection in a transaction, from the pool."""
        with self._engine.connect() as connection, connection.begin():
            yield connection
