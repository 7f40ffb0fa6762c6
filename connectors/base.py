"""The contract of all connectors: what is asked for (`Pull`) and what comes back (`Batch`).

    Pull -> Connector.read -> Batch, Batch, ..., Batch(cursor)

Cursor rule: every batch but the last of a unit (a table, an endpoint, one file) repeats the cursor
that was asked with; the last one carries the cursor that follows. So rows may be stored as they
come, and a pull that breaks off is simply asked again. No batch at all means that there is nothing
new. Needs no secrets.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa

from foundation.errors import SourceChanged

NOTHING_TAKEN = "nothing was taken; the feed keeps its last state"
RAW_LIMIT = 64 * 1024  # characters kept of a line that cannot be read
NOT_PARSED = "batch.unreadable_line"
HOLDS_NUL = "text.nul_byte"


@dataclass(frozen=True)
class Unreadable:
    """A line or row that could not be read. `raw` is personal data: quarantine only, never a log.

    place: `line N` of a file, `page P item I` of an endpoint, `row N` of a table; counts from 1.
    reason: what is wrong with it, without its values.
    raw: the text as far as it could be read; undecodable bytes as `\\xNN`, cut at 64 Ki characters.
    rule: the id of the rule that it breaks.
    """

    place: str
    reason: str
    raw: str
    rule: str = NOT_PARSED


@dataclass(frozen=True)
class Batch:
    """Rows as the source delivered them.

    rows: every column is `pa.string()`; missing is null, and so is an empty cell of a file. All
        declared columns come first, in declared order; columns that were not declared follow under
        their own names.
    cursor: opaque JSON text, what to give as `Pull.since` next time (see the cursor rule above).
    unreadable: lines that could not be made into a row; each counts as one delivered row.
    unit: the file that the rows come from, or the table or endpoint.
    """

    rows: pa.RecordBatch
    cursor: str | None
    unreadable: tuple[Unreadable, ...] = ()
    unit: str = ""


@dataclass(frozen=True)
class Pull:
    """What to read.

    columns: the declared source columns; required: those whose absence is an error (default: all;
        those of the key and the cursor always are).
    key: the columns that identify a row; cursor_column: what an incremental pull follows.
    since: the cursor of last time, or None to read in full. lookback: how far to read again before
        it.
    delivery: cursor, snapshot, increment or append (`schemas.Delivery`).
    """

    columns: tuple[str, ...]
    key: tuple[str, ...]
    cursor_column: str | None = None
    since: str | None = None
    lookback: timedelta = timedelta()
    delivery: str = "cursor"
    required: tuple[str, ...] | None = None

    @property
    def must_have(self) -> tuple[str, ...]:
        """The columns whose absence is an error."""
        if self.required is None:
            return self.columns
        cursor = (self.cursor_column,) if self.cursor_column else ()
        return tuple(dict.fromkeys((*self.key, *cursor, *self.required)))


class FeedLike(Protocol):
    """What a connector needs to know of a feed; `schemas.Feed` has it."""

    @property
    def department(self) -> str:
        """The department's name."""
        ...

    @property
    def name(self) -> str:
        """The feed's name within the department."""
        ...

    @property
    def source(self) -> str:
        """Its table or endpoint at the department."""
        ...


@dataclass(frozen=True)
class FeedSpec:
    """A feed outside `schemas`, for the shell and for tests. source: table, endpoint path or file
    prefix.
    """

    department: str
    name: str
    source: str


@runtime_checkable
class Connector(Protocol):
    """A way into one feed. Keeps no state between calls; every error is a `SourceError`."""

    def read(self, pull: Pull) -> Iterator[Batch]:
        """Yield what is new since `pull.since`."""

    def check(self) -> None:
        """Raise the `SourceError` that a pull would meet: address, credentials, table or folder."""


def since_of(pull: Pull, kind: str) -> Any:
    """The part of the cursor that connectors of `kind` wrote, or None: then everything is read.

    A feed may move from one transport to another; what the other one wrote means nothing here.
    """
    if pull.since is None:
        return None
    try:
        cursor = json.loads(pull.since)
    except ValueError:
        return None
    return cursor.get(kind) if isinstance(cursor, dict) else None


def cursor_text(kind: str, value: Any) -> str:
    """A cursor as compact JSON text, the same for the same value."""
    return json.dumps({kind: value}, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def match_columns(pull: Pull, actual: list[str], where: str) -> dict[str, str]:
    """Map each actual column to the name it is delivered under: the declared one, whatever the
    case.

    Databases fold the case of unquoted names, each in its own way. Raises SourceChanged if required
    ones miss.
    """
    exact = set(pull.columns) & set(actual)
    folded = {name.casefold(): name for name in pull.columns if name not in exact}
    names: dict[str, str] = {}
    for column in actual:
        names[column] = column if column in exact else folded.pop(column.casefold(), column)
    missing = [name for name in pull.must_have if name not in names.values()]
    if missing:
        new = [name for name in actual if names[name] not in pull.columns]
        raise columns_missing(where, missing, new)
    return names


class ColumnsMissing(SourceChanged):
    """A source that lacks columns which the declaration requires; `missing` names them."""

    missing: tuple[str, ...] = ()


def columns_missing(where: str, missing: list[str], new: list[str]) -> ColumnsMissing:
    """The error of a source that lacks columns; `new` are undeclared ones that it has."""
    instead = f"; new there: {', '.join(new)}" if new else ""
    error = ColumnsMissing(
        where,
        f"the source no longer has {', '.join(missing)}{instead}",
        NOTHING_TAKEN,
        "ask the department about the change, then correct the feed's declaration in schemas/",
    )
    error.missing = tuple(missing)
    return error


def arranged(rows: pa.RecordBatch, columns: tuple[str, ...]) -> pa.RecordBatch:
    """The declared columns first (null where absent), then the others, all as text."""
    have = {name: rows.column(i) for i, name in enumerate(rows.schema.names)}
    names = [*columns, *(name for name in have if name not in columns)]
    empty = pa.nulls(rows.num_rows, pa.string())
    return pa.RecordBatch.from_arrays([have.get(name, empty) for name in names], names=names)


Part = tuple[pa.RecordBatch, tuple[Unreadable, ...]]


def sealed(
    parts: Iterator[Part], since: str | None, follow: Callable[[], str | None], unit: str
) -> Iterator[Batch]:
    """Batches of one unit under the cursor rule: the last one, known only at the end, carries
    `follow()`.
    """
    held: Part | None = None
    for part in parts:
        if held is not None:
            yield Batch(held[0], since, held[1], unit)
        held = part
    if held is not None:
        yield Batch(held[0], follow(), held[1], unit)
