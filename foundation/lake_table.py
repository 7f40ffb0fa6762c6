"""One Delta table of the lake: append, replace, merge and delete, each a single atomic commit.

    Arrow batches -> append, replace, merge -> <lake>/<zone>/<name>/ -> files() -> any reader

Delta logs keep the minimum and maximum of columns: ours keep those of surrogates only (`stats`),
and no predicate with a value is ever written to one. Parquet footers do hold such statistics,
inside the data files, which are protected as the data is. Secrets needed: none. Writers hold the
home's lock.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa
from deltalake import (
    CommitProperties,
    DeltaTable,
    PostCommitHookProperties,
    Transaction,
    WriterProperties,
    write_deltalake,
)

from foundation import engine
from foundation.arrow_types import LakeReader, lake_reader
from foundation.errors import HubError, LakeError
from foundation.redact import safe_exception

App = tuple[str, int]

# Measured on 2.5M x 25: zstd 83 MB, snappy 209 MB, in the same time. Row groups of 262,144 write
# as fast as larger ones, and DuckDB still reads one file on all threads.
_WRITER = WriterProperties(compression="ZSTD", max_row_group_size=262_144)
_FILE_BYTES = 128 * 1024 * 1024
# Log clean-up is left to Lake.maintain(), which knows the versions that the snapshot names.
_HOOKS = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)
_PROPERTIES = {
    "delta.checkpointInterval": "100",
    "delta.logRetentionDuration": "interval 2 days",
}
_MERGE_MEMORY = "768MB"


class LakeTable:
    """One table. Every property looks at the table as it is now; nothing is cached."""

    def __init__(self, root: Path, zone: str, name: str, stats: Sequence[str], spill: Path) -> None:
        self.zone, self.name = zone, name
        self.full_name = f"{zone}.{name}" if zone else name
        self.path = root / zone / name
        self._stats = tuple(stats)
        self._spill = spill

    @property
    def exists(self) -> bool:
        """Whether the table has a first commit."""
        return (self.path / "_delta_log").is_dir() and DeltaTable.is_deltatable(str(self.path))

    @property
    def version(self) -> int:
        """The number of the last commit."""
        return self._read().version()

    @property
    def num_rows(self) -> int:
        """Rows now, 0 if the table does not exist; from the log, without reading data."""
        return self._read().count() if self.exists else 0

    def schema(self, version: int | None = None) -> pa.Schema:
        """The columns of the present, or of that version."""
        return pa.schema(self._read(version).schema().to_arrow())

    def files(self, version: int | None = None) -> list[str]:
        """Absolute paths of the Parquet files that hold the present rows, or those of that
        version."""
        return _paths(self.path, self._read(version))

    def state(self, version: int | None = None) -> tuple[pa.Schema, list[str]]:
        """The schema and the files together, in one opening of the table."""
        opened = self._read(version)
        return pa.schema(opened.schema().to_arrow()), _paths(self.path, opened)

    def app_version(self, app_id: str) -> int | None:
        """The highest number committed under `app_id`, or None."""
        return self._read().transaction_version(app_id) if self.exists else None

    def append(self, data: Any, app: App | None = None, naive: str = "UTC") -> bool:
        """Add rows (pyarrow Table, RecordBatchReader or any Arrow stream) in one commit.

        app: (id, number). A number that is not above the last one under this id is a replay:
        nothing is written and False comes back. Columns that are new to the table are added,
        missing ones are null.
        naive: the zone that a timestamp without zone is in; all are stored in UTC. The engine's
        session is UTC.
        """
        table = self._current()
        if _is_replay(table, app):
            return False
        self._write(table, lake_reader(data, naive, _schema(table)), "append", app)
        return True

    def replace(self, data: Any, app: App | None = None, naive: str = "UTC") -> bool:
        """Make `data` the whole table in one commit; its columns may differ from the present ones.

        False if `app` says that it is a replay.
        """
        table = self._current()
        if _is_replay(table, app):
            return False
        self._write(table, lake_reader(data, naive), "overwrite", app)
        return True

    def merge(
        self,
        changes: Any = None,
        deletes: Any = None,
        key: str | Sequence[str] = "_key",
        app: App | None = None,
        naive: str = "UTC",
    ) -> bool:
        """Insert or replace whole rows by `key`, and remove those whose keys are in `deletes`, in
        one commit.

        changes: Arrow rows with unique, non-null keys; cast to the table's types; new columns are
        added.
        deletes: Arrow rows that hold the key columns; keys that the table does not have are
        ignored. False, and no commit, if there is nothing to do or `app` says that it is a replay.
        The table is rewritten: 2.5M x 25 with 1 % changed takes 4 s and 1.3 GB.
        """
        table = self._current()
        if _is_replay(table, app):
            return False
        con = engine.connect(self._spill, _MERGE_MEMORY)
        try:
            columns = [key] if isinstance(key, str) else list(key)
            sql = self._merge_sql(con, table, changes, deletes, columns, naive)
            if sql is None:
                return False
            rows = lake_reader(engine.stream(con, sql), "UTC", _schema(table))
            self._write(table, rows, "overwrite", app)
            return True
        finally:
            con.close()

    def delete(self, keys: Any, key: str | Sequence[str] = "_key", app: App | None = None) -> bool:
        """Remove the rows whose keys are in `keys` (Arrow rows with the key columns). See merge."""
        return self.merge(None, keys, key, app)

    def restore(self, version: int) -> None:
        """Go back to `version` by a new commit; application numbers go back as well, so replays
        count again."""
        table, then = self._open(), self._open(version)
        ids = _application_ids(self.path, version + 1, table.version())
        back = [Transaction(one, _or_before_first(then.transaction_version(one))) for one in ids]
        self._guard(
            lambda: table.restore(
                version,
                commit_properties=CommitProperties(app_transactions=back),
                post_commithook_properties=_HOOKS,
            )
        )

    def compact(self) -> bool:
        """Join small files. False if there was nothing worth it."""
        table = self._open()
        if len(table.file_uris()) < 2:
            return False
        metrics = self._guard(
            lambda: table.optimize.compact(
                target_size=_FILE_BYTES,
                max_concurrent_tasks=1,
                writer_properties=_WRITER,
                post_commithook_properties=_HOOKS,
            )
        )
        return bool(metrics["numFilesRemoved"])

    def vacuum(self, keep_hours: int, keep_versions: Sequence[int] = ()) -> int:
        """Delete files, orphans of killed writers included, that no present or kept version needs.

        Files younger than keep_hours stay, for readers that have listed them. Returns how many
        went.
        """
        before = self._data_files()
        self._guard(
            lambda: self._open().vacuum(
                keep_hours,
                dry_run=False,
                enforce_retention_duration=False,
                full=True,
                keep_versions=list(keep_versions) or None,
                post_commithook_properties=_HOOKS,
            )
        )
        return before - self._data_files()

    def tidy_log(self) -> None:
        """Write a checkpoint and drop log entries older than two days that it covers."""
        self._guard(lambda: self._open().create_checkpoint())
        self._guard(lambda: self._open().cleanup_metadata())

    def _data_files(self) -> int:
        return sum(1 for _ in self.path.glob("*.parquet"))

    def _open(self, version: int | None = None) -> DeltaTable:
        try:
            return DeltaTable(str(self.path), version=version)
        except Exception as error:
            raise LakeError(
                self.full_name,
                f"the table cannot be opened{'' if version is None else f' at version {version}'} "
                f"({safe_exception(error)})",
                "nothing was read or written",
                "if it should exist, restore lake/ from the backup; otherwise run `hub sync`",
            ) from None

    def _read(self, version: int | None = None) -> DeltaTable:
        """The table for reading: opened once a commit, since opening costs milliseconds and a night
        asks a thousand times. Writers open their own."""
        newest = _newest(self.path / "_delta_log")
        if version is not None or newest is None:
            return self._open(version)
        known = _READ.get(self.path)
        if known is None or known[0] != newest:
            known = _READ[self.path] = (newest, self._open())
        return known[1]

    def _current(self) -> DeltaTable | None:
        return self._open() if self.exists else None

    def _write(
        self,
        table: DeltaTable | None,
        data: LakeReader,
        mode: Literal["append", "overwrite"],
        app: App | None,
    ) -> None:
        stats = [name for name in self._stats if name in data.schema.names]
        covered = {"delta.dataSkippingStatsColumns": ",".join(stats)} if stats else {}
        none = {} if stats else {"delta.dataSkippingNumIndexedCols": "0"}
        self.path.mkdir(parents=True, exist_ok=True)
        self._guard(
            lambda: write_deltalake(
                table or str(self.path),
                data.reader,
                mode=mode,
                schema_mode="merge" if mode == "append" else "overwrite",
                configuration={**_PROPERTIES, **covered, **none},
                target_file_size=_FILE_BYTES,
                writer_properties=_WRITER,
                commit_properties=_commit(app),
                post_commithook_properties=_HOOKS,
            ),
            data,
        )

    def _guard(self, action: Callable[[], Any], data: LakeReader | None = None) -> Any:
        """Run a Delta action. Its errors come out as LakeError; a HubError of the data's source
        as itself."""
        try:
            return action()
        except Exception as error:
            cause = (data.error if data else None) or error
            if isinstance(cause, HubError):
                raise cause from None
            raise LakeError(
                self.full_name,
                f"the commit failed ({safe_exception(cause)})",
                "the table stays as it was",
                "see the message; free disk space or end the other writer, then run again",
            ) from None

    def _merge_sql(
        self,
        con: duckdb.DuckDBPyConnection,
        table: DeltaTable | None,
        changes: Any,
        deletes: Any,
        key: list[str],
        naive: str,
    ) -> str | None:
        """Bring changes and deletes into `con` and return the query of the table's new content, or
        None if nothing would change."""
        present, using = _schema(table), ", ".join(map(engine.quote, key))
        given = []
        for name, data in (("changes", changes), ("deletes", deletes)):
            if data is not None and self._load(con, name, lake_reader(data, naive, present)):
                given.append(name)
        if "changes" in given:
            self._check_keys(con, key)
        if table is None or present is None:
            return "select * from changes" if "changes" in given else None
        if not given:
            return None
        old = engine.select_table(con, _paths(self.path, table), present)
        joins = "".join(f" anti join {name} using ({using})" for name in given)
        added = " union all by name select * from changes" if "changes" in given else ""
        return f"select * from ({old}){joins}{added}"

    def _load(self, con: duckdb.DuckDBPyConnection, name: str, data: LakeReader) -> bool:
        """Whether there are rows."""
        self._guard(lambda: engine.register(con, name, data.reader), data)
        return bool(engine.run(con, f"select 1 from {engine.quote(name)} limit 1"))

    def _check_keys(self, con: duckdb.DuckDBPyConnection, key: list[str]) -> None:
        columns = ", ".join(map(engine.quote, key))
        whole = " and ".join(f"{engine.quote(name)} is not null" for name in key)
        [(rows, keyed, distinct)] = engine.run(
            con,
            f"""select count(*), count(*) filter ({whole}),
                count(distinct ({columns})) filter ({whole}) from changes""",
        )
        if distinct != rows:
            raise LakeError(
                self.full_name,
                f"of {rows} changed rows {keyed - distinct} repeat a key "
                f"and {rows - keyed} have none",
                "the table stays as it was",
                "keep one row a key before merging",
            )


# By path: what was newest in the log when the table was opened, and the opened table.
_READ: dict[Path, tuple[tuple[str, int, int], DeltaTable]] = {}


def _newest(log: Path) -> tuple[str, int, int] | None:
    """What tells one state of a log from another: the last commit's name, time and inode."""
    try:
        last = max((e for e in os.scandir(log) if e.name.endswith(".json")), key=lambda e: e.name)
        found = last.stat()
    except (FileNotFoundError, ValueError):
        return None
    return last.name, found.st_mtime_ns, found.st_ino


def _application_ids(path: Path, first: int, last: int) -> set[str]:
    """The application ids that commits `first` to `last` set, from the log itself: the library
    lists none."""
    found = set()
    for version in range(first, last + 1):
        with (path / "_delta_log" / f"{version:020d}.json").open(encoding="utf-8") as log:
            found |= {json.loads(line)["txn"]["appId"] for line in log if line.startswith('{"txn"')}
    return found


def _or_before_first(version: int | None) -> int:
    return -1 if version is None else version


def _commit(app: App | None) -> CommitProperties | None:
    return CommitProperties(app_transactions=[Transaction(*app)]) if app else None


def _is_replay(table: DeltaTable | None, app: App | None) -> bool:
    if table is None or app is None:
        return False
    last = table.transaction_version(app[0])
    return last is not None and last >= app[1]


def _schema(table: DeltaTable | None) -> pa.Schema | None:
    return None if table is None else pa.schema(table.schema().to_arrow())


def _paths(folder: Path, table: DeltaTable) -> list[str]:
    return [str(folder / Path(uri).name) for uri in table.file_uris()]
