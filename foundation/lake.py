"""The lake: the tables of all zones, tied together by snapshots.

    connectors, conform, resolver, models -> LakeTable commits, one table each
    Lake.commit_snapshot() -> <lake>/snapshot/ -> maintain() at night, recover() by hand

Secrets needed: none. Writers hold the home's lock; readers need nothing.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from foundation import engine
from foundation.clock import utc_now
from foundation.errors import LakeError
from foundation.lake_table import App, LakeTable

__all__ = ["DERIVED_ZONES", "ZONES", "App", "Lake", "LakeTable", "Snapshot"]

DERIVED_ZONES = ("conformed", "quarantine", "identity", "warehouse")
# raw is evidence and hub the runs' own records: neither belongs to a snapshot or is taken back.
ZONES = ("raw", "hub", *DERIVED_ZONES)
_SNAPSHOT_SCHEMA = pa.schema(
    [
        ("number", pa.int64()),
        ("revision", pa.int64()),
        ("at", pa.timestamp("us", "UTC")),
        ("note", pa.string()),
        ("table", pa.string()),
        ("version", pa.int64()),
    ]
)
# Upkeep waits for so many files or bytes that a table no longer names, or so many log entries.
_MOST_LEFT, _MOST_BYTES_LEFT, _MOST_LOG = 8, 64 * 1024 * 1024, 20
# Of the snapshot table only the last entry matters; the night drops the others beyond this.
_KEPT_SNAPSHOTS = 50
# A night adds a small file to a large one: joining them each time would rewrite the large one.
_SIDE_BY_SIDE = 8


@dataclass(frozen=True)
class Snapshot:
    """One consistent state of the derived tables: `versions` by "zone.table"."""

    number: int
    revision: int
    at: datetime
    note: str
    versions: dict[str, int] = field(default_factory=dict)


class Lake:
    """All tables below `root`: root/<zone>/<name>, and root/snapshot."""

    def __init__(self, root: str | os.PathLike[str], spill: Path | None = None) -> None:
        self.root = Path(root).absolute()
        self._spill = spill or _beside(self.root)

    def table(self, zone: str, name: str, stats: Sequence[str] = ("_batch",)) -> LakeTable:
        """The table, which need not exist. stats: the non-personal columns whose minimum and
        maximum the Delta log may keep; they count when the table is made."""
        if zone not in ZONES or not name.replace("_", "").isalnum():
            raise LakeError(
                f"{zone}.{name}",
                "that is not a table's name",
                "nothing was read",
                f"zones are {', '.join(ZONES)}",
            )
        return LakeTable(self.root, zone, name, stats, self._spill, zone in DERIVED_ZONES)

    def tables(self, *zones: str) -> list[LakeTable]:
        """Every table that exists, of all zones or of those named, in order of name."""
        found = [
            self.table(zone, path.name)
            for zone in zones or ZONES
            if (self.root / zone).is_dir()
            for path in sorted((self.root / zone).iterdir())
            if not path.name.startswith(".")
        ]
        return [table for table in found if table.exists]

    def snapshot(self) -> Snapshot | None:
        """The last snapshot, or None."""
        if not self._snapshots.exists:
            return None
        rows = self._snapshot_rows()
        if not rows:
            return None
        number, revision, at, note = rows[0][:4]
        return Snapshot(number, revision, at, note, {row[4]: row[5] for row in rows if row[4]})

    def versions(self) -> dict[str, int]:
        """The version of every derived table as it stands now, by "zone.table"."""
        return {table.full_name: table.version for table in self.tables(*DERIVED_ZONES)}

    def commit_snapshot(self, number: int | None = None, note: str = "") -> Snapshot:
        """Record in one commit which version of each derived table belongs together.

        number: above the last one, or the last one again, which makes a revision (same content,
        other versions). None takes the next. The note must not hold personal data.
        """
        last = self.snapshot()
        number = (last.number + 1 if last else 1) if number is None else number
        if last and number < last.number:
            raise LakeError(
                "snapshot",
                f"number {number} is below the last one, {last.number}",
                "nothing was written",
                "pass a higher number",
            )
        revision = last.revision + 1 if last and last.number == number else 0
        made = Snapshot(number, revision, utc_now(), note, self.versions())
        self._snapshots.append(_snapshot_table(made))
        return made

    def recover(self, exempt: Iterable[str] = ()) -> list[str]:
        """Take derived tables that were written after the last snapshot back to it. Raw is never
        touched.

        No job does: an unfinished night is resumed, since each table settles its own input in one
        commit (pipelines/unfinished.py says why). This is for people who want the last snapshot.

        exempt: zones or "zone.table" names to leave, such as the identity ledger. Tables that the
        snapshot does not know were never published and are removed. Returns the names of what was
        taken back. May be killed and repeated at any point.
        """
        last, spared = self.snapshot(), set(exempt)
        self._finish_removals()
        ahead = [table for table in self._ahead(last) if not {table.zone, table.full_name} & spared]
        for table in ahead:
            if last is None or table.full_name not in last.versions:
                _remove(table.path)
            else:
                table.restore(last.versions[table.full_name])
        if ahead and last:
            self._revise(last, [table.full_name for table in ahead], "recovered")
        return [table.full_name for table in ahead]

    def maintain(self, keep_hours: int = 24) -> dict[str, str]:
        """Compact, vacuum and checkpoint the tables that need it; returns what was done, by table.

        A table needs it when its small files can be joined, when many or large files old enough to
        go lie there that it no longer names, or when its log is long: a night's upkeep costs what
        the night wrote.
        keep_hours: how long replaced files stay for readers that still use them; 0 for an erasure,
        which goes through every table.
        Derived tables ahead of the snapshot are left alone: recover() or commit_snapshot() comes
        first.
        """
        last = self.snapshot()
        ahead = {table.full_name for table in self._ahead(last)}
        done = dict.fromkeys(ahead, "left alone: ahead of the snapshot")
        calm = [table for table in self.tables() if table.full_name not in ahead]
        least = 2 if keep_hours == 0 else _SIDE_BY_SIDE
        compacted = [table.full_name for table in calm if table.compact(least)]
        if last:
            last = self._revise(last, compacted, last.note)
        littered = [table for table in calm if keep_hours == 0 or _is_littered(table, keep_hours)]
        if last and (littered or _is_littered(self._snapshots, keep_hours)):
            littered.append(self._snapshots)
        for table in littered:
            named = (last.versions if last else {}).get(table.full_name)
            gone = table.vacuum(keep_hours, [named] if named is not None else [])
            done[table.full_name] = f"{gone} old files removed"
        for name in compacted:
            done[name] = ", ".join(["compacted", *filter(None, [done.get(name)])])
        if last:
            self._revise(last, [table.full_name for table in littered], last.note)
        for table in calm:
            if keep_hours == 0 or _has_long_log(table):
                table.tidy_log()
                done.setdefault(table.full_name, "log shortened")
        self._shorten_snapshots()
        return done

    @property
    def _snapshots(self) -> LakeTable:
        return LakeTable(self.root, "", "snapshot", ("number",), self._spill)

    def _snapshot_rows(self) -> list[tuple[Any, ...]]:
        con = engine.connect(self._spill, "256MB", threads=1)
        try:
            source = self._snapshots.select(con, _SNAPSHOT_SCHEMA)
            return engine.run(
                con,
                f"""select number, revision, "at", note, "table", version from ({source})
                    qualify dense_rank() over (order by number desc, revision desc) = 1""",
            )
        finally:
            con.close()

    def _ahead(self, last: Snapshot | None) -> list[LakeTable]:
        versions = last.versions if last else {}
        tables = self.tables(*DERIVED_ZONES)
        return [table for table in tables if _differs(table, versions.get(table.full_name))]

    def _finish_removals(self) -> None:
        for left in self.root.glob("*/.removed-*"):
            shutil.rmtree(left, ignore_errors=True)

    def _revise(self, last: Snapshot, names: Iterable[str], note: str) -> Snapshot:
        """The same snapshot, naming the present version of `names` (whose content is unchanged)."""
        known = {name: self.table(*name.split(".")) for name in names if name in last.versions}
        moved = {name: table.version for name, table in known.items() if table.exists}
        if all(last.versions[name] == version for name, version in moved.items()):
            return last
        made = Snapshot(last.number, last.revision + 1, utc_now(), note, last.versions | moved)
        self._snapshots.append(_snapshot_table(made))
        return made

    def _shorten_snapshots(self) -> None:
        last = self.snapshot()
        if last is None or len(self._snapshots.files()) < _KEPT_SNAPSHOTS:
            return
        self._snapshots.replace(_snapshot_table(last))
        self._snapshots.tidy_log()


def _snapshot_table(made: Snapshot) -> pa.Table:
    # A lake without derived tables still has a number: one row that names no table.
    named: list[tuple[str | None, int | None]] = [*made.versions.items()] or [(None, None)]
    rows = [
        (made.number, made.revision, made.at, made.note, name, version) for name, version in named
    ]
    columns = zip(*rows, strict=True)
    return pa.table(
        [
            pa.array(values, item.type)
            for values, item in zip(columns, _SNAPSHOT_SCHEMA, strict=True)
        ],
        schema=_SNAPSHOT_SCHEMA,
    )


def _differs(table: LakeTable, named: int | None) -> bool:
    """Whether the table holds other files than at the version named: maintenance adds commits
    without changing any."""
    if named is None:
        return True
    now = table.version
    if now < named:
        raise LakeError(
            table.full_name,
            f"it is at version {now}, but the last snapshot names version {named}",
            "nothing was changed",
            "restore the whole of lake/ from one backup",
        )
    return now > named and set(table.files()) != set(table.files(named))


def _is_littered(table: LakeTable, keep_hours: int) -> bool:
    """Whether a vacuum is worth it: younger files would stay all the same."""
    named, oldest = set(table.files()), time.time() - keep_hours * 3600
    found = (path for path in table.path.rglob("part-*.parquet") if str(path) not in named)
    old = [at.st_size for at in map(Path.stat, found) if at.st_mtime < oldest]
    return len(old) > _MOST_LEFT or sum(old) > _MOST_BYTES_LEFT


def _has_long_log(table: LakeTable) -> bool:
    return sum(1 for _ in (table.path / "_delta_log").glob("*.json")) > _MOST_LOG


def _remove(path: Path) -> None:
    """Take a table away at one stroke: half a deleted table would be worse than either."""
    aside = path.with_name(f".removed-{path.name}-{os.getpid()}")
    path.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def _beside(root: Path) -> Path:
    """The home's spill folder if the lake lies in a home, else one of its own."""
    return root.parent / "spill" / str(os.getpid()) if root.name == "lake" else root / ".spill"
