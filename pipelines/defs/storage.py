"""Dagster's run and event storage in SQLite, with connections that stay open.

    dagster.yaml: run_storage, event_log_storage -> these two classes -> home/dagster/*.db

Dagster opens a new SQLite connection for every event and closes it again, which checkpoints
the write-ahead log each time: some 15 ms an event, and a night of the hub has a thousand.
Kept open, and with ``synchronous = NORMAL`` (safe in WAL mode: a power cut may lose the last
events, never the file), the same night takes a third of the time. Needs no secrets.
"""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any

import sqlalchemy
from dagster._core.events import DagsterEventType
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import (
    ConsolidatedSqliteEventLogStorage,
    SqlEventLogStorageTable,
)
from dagster._core.storage.runs import SqliteRunStorage
from sqlalchemy.pool import QueuePool

BUSY_TIMEOUT_S = 60


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
    def _one_transaction(self) -> Iterator[None]:
        """All that this thread stores within is committed at its end, or nothing of it."""
        if getattr(self._batch, "connection", None) is not None:
            yield
            return
        with self._connect() as connection:
            self._batch.connection = connection
            try:
                yield
            finally:
                del self._batch.connection

    def store_event(self, event: EventLogEntry) -> None:
        """Store an event with what it says of its asset or check; an output with the next event."""
        if event.dagster_event_type == DagsterEventType.STEP_OUTPUT:
            self._outputs.append(event)
            return
        with self._one_transaction():
            super().store_event(event)

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
