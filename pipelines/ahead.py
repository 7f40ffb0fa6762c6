"""The sources of a step's next feeds, asked while this one is judged.

    feeds of a step -> ReadAhead.take(feed) -> Reading: its question, and the batches that answer it

Only reading is early: what a feed has is looked up again when its turn comes, and a reading whose
question is no longer the right one is not used. Secrets: the sources', from hub.toml.
Alone: ``with ReadAhead(hub, feeds) as ahead: ahead.take(feed)``.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from connectors import Batch, Pull, make
from foundation.config import Source
from foundation.engine import attach, run
from foundation.errors import HubError
from pipelines.conform.standing import last_batch
from pipelines.desk import Desk
from pipelines.hub import Hub
from schemas.derive import quoted, raw_schema
from schemas.model import Feed

DEPTH = 3  # feeds that are read beside the one that is worked on
MOST_BYTES = 32 * 2**20  # of rows that wait; reading pauses until some are taken


class Ahead(Iterator[Batch]):
    """Batches in the order of the source. What reading raises is raised where it would have been.

    begin: makes the iterator, in the thread, which alone uses it and its connections. `close` ends
    the reading, wherever it is between two batches, and waits for it.
    """

    def __init__(self, begin: Callable[[], Iterator[Batch]], most_bytes: int = MOST_BYTES) -> None:
        self._begin, self._most = begin, most_bytes
        self._waiting: deque[Batch] = deque()
        self._bytes, self._ended, self._closed = 0, False, False
        self._error: BaseException | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, name="reading ahead", daemon=True)
        self._thread.start()

    def __next__(self) -> Batch:
        """The next batch, as soon as it is there."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended)
            if self._waiting:
                batch = self._waiting.popleft()
                self._bytes -= batch.rows.nbytes
                self._changed.notify_all()
                return batch
            error, self._error = self._error, None
        if error is not None:
            raise error
        raise StopIteration

    def close(self) -> None:
        """Take no more; the source's connections are closed when this returns."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> None:
        try:
            batches = self._begin()
            try:
                for batch in batches:
                    if not self._keep(batch):
                        break
            finally:
                getattr(batches, "close", lambda: None)()
        except BaseException as error:  # it is the taker's, who raises it
            self._error = error
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _keep(self, batch: Batch) -> bool:
        """Store one batch when there is room for it; False when nobody takes any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._bytes < self._most)
            if self._closed:
                return False
            self._waiting.append(batch)
            self._bytes += batch.rows.nbytes
            self._changed.notify_all()
            return True


@dataclass(frozen=True)
class Reading:
    """What was asked, and the batches as they come."""

    question: Pull
    batches: Ahead


def largest_first(hub: Hub, feeds: Sequence[Feed]) -> list[Feed]:
    """The feeds by rows in raw: the one that takes longest is not left over for the end."""
    return sorted(feeds, key=lambda feed: -_rows(hub, feed))


def _rows(hub: Hub, feed: Feed) -> int:
    """0 also of a table that cannot be read, which is its pull's to say."""
    with suppress(HubError):
        table = hub.lake.table("raw", feed.table)
        return table.num_rows if table.exists else 0
    return 0


class ReadAhead:
    """Readings of `feeds`, in their order, at most DEPTH more than were taken. Several threads may
    take from it.

    A feed that cannot even be asked has none, whatever the fault: its pull meets it and says it,
    and the others go on. full: everything again.
    """

    def __init__(self, hub: Hub, feeds: Sequence[Feed], full: bool = False) -> None:
        self._hub, self._desk, self._full = hub, Desk(hub), full
        self._next = iter(feeds)
        self._begun: dict[str, Reading | None] = {}
        self._all: list[Reading] = []
        self._turn = threading.Lock()

    def take(self, feed: Feed) -> Reading | None:
        """The reading of the next feed; those behind it begin."""
        with self._turn:
            while len(self._begun) <= DEPTH and (behind := next(self._next, None)):
                self._begun[behind.id] = self._begin(behind)
            return self._begun.pop(feed.id, None)

    def _begin(self, feed: Feed) -> Reading | None:
        with suppress(Exception):
            source = self._hub.config.source(feed.id)
            connector = make(source.transport, options(self._hub, source), feed)
            asked = question(feed, None if self._full else self._last_cursor(feed))
            reading = Reading(asked, Ahead(lambda: connector.read(asked)))
            self._all.append(reading)
            return reading
        return None

    def _last_cursor(self, feed: Feed) -> str | None:
        """The cursor of the last batch, as the pull will find it."""
        name, last = f"raw.{feed.table}", last_batch(self._hub.lake, feed)
        with self._desk.clear() as con:
            attach(con, self._hub.lake, [name], {name: raw_schema(feed)})
            found = run(
                con, f"select _cursor from raw.{quoted(feed.table)} where _batch = {last} limit 1"
            )
        return found[0][0] if found else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for reading in self._all:
            reading.batches.close()
        self._desk.close()


def options(hub: Hub, source: Source) -> dict[str, Any]:
    """The connector's options in clear; copies of files are spilled where the hub spills."""
    spill = {"spill": str(hub.home.process_spill())} if source.transport == "files" else {}
    return spill | source.revealed()


def question(feed: Feed, since: str | None) -> Pull:
    """What to ask a feed's source, after that cursor."""
    return Pull(
        columns=feed.sources,
        key=feed.key,
        cursor_column=feed.cursor,
        since=since,
        lookback=feed.lookback,
        delivery=feed.delivery.value,
        required=tuple(column.source for column in feed.columns if not column.optional),
    )
