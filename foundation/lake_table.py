"""One Delta table of the lake: append, replace, merge and delete, each a single atomic commit.

    Arrow batches -> append, replace, merge -> <lake>/<zone>/<name>/ -> select() -> DuckDB

A merge of few rows into a large table does not rewrite it: it appends them as a layer (layers.py),
and select() reads each key from its last layer.

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
from foundation.layers import GONE, HIDDEN, LAYER, Layers, key_of, noted, with_layer
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


class LakeTable:
    """One table. Every property looks at the table as it is now; nothing is cached."""

    def __init__(
        self,
        root: Path,
        zone: str,
        name: str,
        stats: Sequence[str],
        spill: Path,
        is_keyed: bool = False,
    ) -> None:
        """is_keyed: a merge of few rows may append them as a layer."""
        self.zone, self.name = zone, name
        self.full_name = f"{zone}.{name}" if zone else name
        self.path = root / zone / name
        self._stats = tuple(stats)
        self._spill = spill
        self._is_keyed = is_keyed

    @property
    def exists(self) -> bool:
        """Whether the table has a first commit."""
        log = self.path / "_delta_log"
        if _newest(log) is not None:
            return True
        return log.is_dir() and DeltaTable.is_deltatable(str(self.path))

    @property
    def version(self) -> int:
        """The number of the last commit."""
        return self._read().version()

    @property
    def num_rows(self) -> int:
        """Rows now, 0 if the table does not exist; from the log, unless there are layers: then the
        keys are read, once a commit."""
        if not self.exists:
            return 0
        newest, known = _newest(self.path / "_delta_log"), _COUNTED.get(self.path)
        if newest is None or known is None or known[0] != newest:
            table = self._read()
            has_layers = bool(Layers(self.path, table).changes)
            known = newest, self._count(table) if has_layers else table.count()
            _COUNTED[self.path] = known
        return known[1]

    def schema(self, version: int | None = None) -> pa.Schema:
        """The columns of the present, or of that version."""
        return _shown(self._read(version))

    def files(self, version: int | None = None) -> list[str]:
        """Absolute paths of the Parquet files of the present, or of that version. They hold the
        rows as they are only where no merge has added a layer: select() reads them right."""
        return Layers(self.path, self._read(version)).files

    def select(
        self,
        con: duckdb.DuckDBPyConnection,
        declared: pa.Schema | None = None,
        version: int | None = None,
    ) -> str:
        """SQL that reads the rows of the present, or of that version: its columns, then those of
        `declared` that it does not have yet, as nulls."""
        opened = self._read(version)
        return self._select(con, opened, declared)

    def pick(self, con: duckdb.DuckDBPyConnection, keys: str, into: str) -> None:
        """Make the temporary table `into` of the rows whose keys are in the relation `keys`, which
        has the key columns, each key once. What merges brought lately costs no reading of the base.
        """
        table = self._read()
        layers, shown = Layers(self.path, table), _shown(table)
        if layers.changes:
            engine.pick_layers(con, layers.files, key_of(table), shown, keys, into)
            return
        columns = [name for (name, *_) in engine.run(con, f"describe {keys}")]
        using = ", ".join(map(engine.quote, columns))
        found = f"({engine.select_table(con, layers.base, shown)}) semi join {keys} using ({using})"
        engine.run(con, f"create or replace temp table {into} as select * from {found}")

    def mark(self) -> str:
        """What tells one state of the table from another, to be kept for changed_since()."""
        return Layers(self.path, self._read()).mark if self.exists else ""

    def changed_since(self, mark: str) -> str | None:
        """SQL of the keys that merges have put or removed since the state that `mark` is of.

        None where the table was rewritten since, or is in that very state: compare marks first.
        """
        table = self._read()
        files = Layers(self.path, table).since(mark)
        return engine.select_keys(files, key_of(table)) if files else None

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
        Few rows of a large table become a layer (2.5M x 25 with 1 % changed: 0.1 s); else the table
        is rewritten (4 s and 1.3 GB). The key is the same at every merge.
        """
        table = self._current()
        if _is_replay(table, app):
            return False
        columns = [key] if isinstance(key, str) else list(key)
        with engine.borrow(self._spill) as con:
            given = self._given(con, table, changes, deletes, columns, naive)
            if not given or (table is None and "changes" not in given):
                return False
            if table is not None and self._layers_well(con, table, given):
                self._append_layer(con, table, given, columns, app)
            else:
                sql = self._merge_sql(con, table, given, columns)
                rows = lake_reader(engine.stream(con, sql), "UTC", _schema(table))
                self._write(table, rows, "overwrite", app, columns)
            return True

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

    def compact(self, least: int = 2) -> bool:
        """Join small files, where at least so many lie side by side. False if there was nothing
        worth it."""
        if Layers(self.path, self._read()).most_files < least:
            return False
        table = self._open()
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
        return sum(1 for _ in self.path.rglob("part-*.parquet"))

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
        key: Sequence[str] = (),
        layer: int = 0,
    ) -> None:
        stats = [name for name in self._stats if name in data.schema.names]
        covered = {"delta.dataSkippingStatsColumns": ",".join(stats)} if stats else {}
        none = {} if stats else {"delta.dataSkippingNumIndexedCols": "0"}
        self.path.mkdir(parents=True, exist_ok=True)
        # A table that an older hub made without layers goes on without.
        keyed = self._is_keyed if table is None else LAYER in table.metadata().partition_columns
        self._guard(
            lambda: write_deltalake(
                table or str(self.path),
                with_layer(data.reader, layer) if keyed else data.reader,
                partition_by=[LAYER] if keyed else None,
                description=noted(key) if keyed and table is None and key else None,
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

    def _given(
        self,
        con: duckdb.DuckDBPyConnection,
        table: DeltaTable | None,
        changes: Any,
        deletes: Any,
        key: list[str],
        naive: str,
    ) -> list[str]:
        """Bring what has rows into `con` as `changes` and `deletes`; returns which have."""
        present = _schema(table)
        given = []
        for name, data in (("changes", changes), ("deletes", deletes)):
            if data is not None and self._load(con, name, lake_reader(data, naive, present)):
                given.append(name)
        if "changes" in given:
            self._check_keys(con, key)
        return given

    def _merge_sql(
        self,
        con: duckdb.DuckDBPyConnection,
        table: DeltaTable | None,
        given: list[str],
        key: list[str],
    ) -> str:
        """The query of the table's new content, whole."""
        if table is None:
            return "select * from changes"
        using = ", ".join(map(engine.quote, key))
        joins = "".join(f" anti join {name} using ({using})" for name in given)
        added = " union all by name select * from changes" if "changes" in given else ""
        return f"select * from ({self._select(con, table)}){joins}{added}"

    def _layers_well(
        self, con: duckdb.DuckDBPyConnection, table: DeltaTable, given: list[str]
    ) -> bool:
        """Whether these rows are few enough beside the table, its layers included."""
        if LAYER not in table.metadata().partition_columns:
            return False
        rows = sum(engine.run(con, f"select count(*) from {name}")[0][0] for name in given)
        return Layers(self.path, table).can_take(rows)

    def _append_layer(
        self,
        con: duckdb.DuckDBPyConnection,
        table: DeltaTable,
        given: list[str],
        key: list[str],
        app: App | None,
    ) -> None:
        if key_of(table) != key:
            self._guard(lambda: table.alter.set_table_description(noted(key)))
        using = ", ".join(map(engine.quote, key))
        parts = [f"select *, null::boolean as {GONE} from changes"] * ("changes" in given)
        deletes = "deletes anti join changes using ({0})" if "changes" in given else "deletes"
        parts += [f"select {using}, true as {GONE} from {deletes.format(using)}"] * (
            "deletes" in given
        )
        rows = engine.stream(con, " union all by name ".join(parts))
        layer = Layers(self.path, table).last + 1
        self._write(table, lake_reader(rows, "UTC", _schema(table)), "append", app, key, layer)

    def _select(
        self,
        con: duckdb.DuckDBPyConnection,
        table: DeltaTable,
        declared: pa.Schema | None = None,
    ) -> str:
        layers = Layers(self.path, table)
        shown = _shown(table)
        if not layers.changes:
            return engine.select_table(con, layers.base, shown, declared)
        return engine.select_layers(con, layers.files, key_of(table), shown, declared)

    def _count(self, table: DeltaTable) -> int:
        with engine.borrow(self._spill) as con:
            return int(engine.run(con, f"select count(*) from ({self._select(con, table)})")[0][0])

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
# By path: what was newest in the log when the rows were counted, and how many they were.
_COUNTED: dict[Path, tuple[tuple[str, int, int] | None, int]] = {}


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
    return None if table is None else _shown(table)


def _shown(table: DeltaTable) -> pa.Schema:
    """The columns without those that layers need."""
    return pa.schema(
        [item for item in pa.schema(table.schema().to_arrow()) if item.name not in HIDDEN]
    )
