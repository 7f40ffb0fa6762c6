"""What one pull delivers, gathered in DuckDB: rows as text, their keys and content hashes.

    connectors.Batch, Batch, ... -> Intake -> temp table `delivered`: source columns and meta

Needs no secrets. Used by pipelines.pull. Rows are gathered in chunks, so that a department that
answers in pages of a hundred costs no more than one that streams; DuckDB spills what is too much.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from connectors import Batch
from foundation.engine import run
from schemas.derive import literal, quoted
from schemas.model import Feed

CHUNK_ROWS = 100_000
HASH_VERSION = "1"


def hash_sql(feed: Feed) -> str:
    """The content hash, version 1: ``1-`` and the MD5 of declared columns in order, then _extra.

    Each value is written as its length in bytes, a colon and itself, a missing or empty one as
    ``-``, so that no two rows are written alike. DuckDB's own ``hash()`` may change; this may not.
    """
    parts = (quoted(name) for name in (*feed.sources, "_extra"))
    written = ", ".join(
        f"case when {part} <> '' then strlen({part}) || ':' || {part} else '-' end"
        for part in parts
    )
    return f"'{HASH_VERSION}-' || md5(concat({written}))"


def key_sql(feed: Feed) -> str:
    """The record key: the key columns joined by ``|``; null where all of them are missing."""
    names = [quoted(name) for name in feed.key]
    joined = " || '|' || ".join(f"coalesce({name}, '')" for name in names)
    missing = " and ".join(f"coalesce({name}, '') = ''" for name in names)
    return f"case when {missing} then null else {joined} end"


class Intake:
    """Rows of one pull. `rows` counts all that arrived, lines that could not be read among them.

    A unit (a table, an endpoint, one file) is complete when its last batch came: the cursor moved,
    or the pull ended. `unit_start` is the row at which the last complete unit began, `complete`
    names all of them, `began` says at which row each did.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, feed: Feed, since: str | None) -> None:
        self.con, self.feed = con, feed
        self.rows, self.complete_rows, self.unit_start = 0, 0, 0
        self.batches, self.units = 0, 0
        self.cursor = since
        self.complete: set[str] = set()
        self.began: dict[str, int] = {}
        self.undeclared: set[str] = set()
        self._since, self._unit, self._opened = since, "", 0
        self._chunk: list[pa.RecordBatch] = []
        self._hash, self._key = hash_sql(feed), key_sql(feed)
        columns = ", ".join(f"{quoted(name)} text" for name in (*feed.sources, "_extra"))
        run(
            con,
            f"create or replace temp table delivered "
            f"({columns}, _key text, _hash text, _op text, _row bigint)",
        )

    def take(self, batch: Batch) -> None:
        """Add one batch: its rows, then its unreadable lines."""
        if batch.unit != self._unit or not self.batches or self.complete_rows == self.rows:
            self._unit, self._opened = batch.unit, self.rows
        self.batches += 1
        self._add_rows(batch.rows)
        self._add_unreadable(batch)
        if batch.cursor != self._since and batch.cursor != self.cursor:
            self.cursor = batch.cursor
            self._complete()

    def finish(self, is_broken_off: bool) -> None:
        """Write what is left; forget the rows of a unit that was not read to its end."""
        if not is_broken_off and self.batches:
            self._complete()
        self._flush()
        if self.rows > self.complete_rows:
            run(self.con, "delete from delivered where _row >= $1", [self.complete_rows])
            self.rows = self.complete_rows

    def _complete(self) -> None:
        self.complete_rows, self.unit_start = self.rows, self._opened
        self.units += 1
        self.complete.add(self._unit)
        self.began.setdefault(self._unit, self._opened)

    def _add_rows(self, rows: pa.RecordBatch) -> None:
        if self._chunk and self._chunk[0].schema.names[:-1] != rows.schema.names:
            self._flush()
        numbers = pa.array(range(self.rows, self.rows + rows.num_rows), pa.int64())
        self._chunk.append(rows.append_column("_row", numbers))
        self.rows += rows.num_rows
        if sum(part.num_rows for part in self._chunk) >= CHUNK_ROWS:
            self._flush()

    def _flush(self) -> None:
        chunk, self._chunk = self._chunk, []
        if not any(part.num_rows for part in chunk):
            return
        arrived = pa.Table.from_batches(chunk)
        extra = sorted(set(arrived.schema.names) - {*self.feed.sources, "_row"})
        self.undeclared.update(extra)
        names = ", ".join(quoted(name) for name in self.feed.sources)
        self._insert(
            arrived,
            f"""select *, {self._key} as _found, {self._hash} as _hash, 'U' as _op
                from (select {names}, {_extra_sql(extra)} as _extra, _row from arrived)""",
        )

    def _insert(self, arrived: pa.Table, select: str) -> None:
        self.con.register("arrived", arrived)
        try:
            run(
                self.con,
                f"""insert into delivered by name
                    select * exclude (_found), coalesce(_found, '#' || _hash) as _key
                    from ({select})""",
            )
        finally:
            self.con.unregister("arrived")

    def _add_unreadable(self, batch: Batch) -> None:
        """A line that could not be read is a row without cells; the line itself is in _extra.

        Its hash is the line's, wherever it stood; its key is the row's own where the line is
        JSON that still tells it, so that the mended row takes its place.
        """
        if not batch.unreadable:
            return
        lines = pa.table(
            {
                "place": [line.place for line in batch.unreadable],
                "reason": [line.reason for line in batch.unreadable],
                "line": [line.raw for line in batch.unreadable],
                "rule": [line.rule for line in batch.unreadable],
                "_row": range(self.rows, self.rows + len(batch.unreadable)),
            }
        )
        self.rows += len(batch.unreadable)
        told = ", ".join(_told_sql(name) for name in self.feed.key)
        unit = literal(batch.unit)
        told_of = "'place', place, 'reason', reason, 'rule', rule, 'line', line"
        extra = f"json_object('unit', {unit}, {told_of})"
        self._insert(
            lines,
            f"""select {self._key} as _found, '{HASH_VERSION}-' || md5(line) as _hash, 'X' as _op,
                       {extra}::text as _extra, _row
                from (select *, {told} from arrived)""",
        )


def _told_sql(name: str) -> str:
    """A key column out of a line that is JSON."""
    told = f"replace(line ->> {literal(name)}, chr(0), '')"
    return f"case when json_valid(line) then {told} end as {quoted(name)}"


def _extra_sql(names: list[str]) -> str:
    """Undeclared columns as a JSON object without its missing members, null if nothing is left."""
    if not names:
        return "null::text"
    members = ", ".join(f"{literal(name)}, nullif({quoted(name)}, '')" for name in names)
    return f"nullif(json_merge_patch('{{}}'::json, json_object({members}))::text, '{{}}')"
