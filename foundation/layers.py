"""Layers of a keyed table: what few rows a night changes, beside the many that stay.

    base (_layer=0) <- merge of few rows -> _layer=1, 2, … -> select_layers(): the last layer's row
                                                              of each key, or none if it is gone

The layer is the Delta partition, so a file's path tells it; a row that is gone has its key and
``_gone``. The key is noted in the table's description. A table is rewritten into its base when its
layers grow beyond a share of it: the cost of a night follows the change. Secrets needed: none.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable

LAYER, GONE = "_layer", "_gone"
HIDDEN = (LAYER, GONE)

# Below so many rows rewriting is as fast as reading layers is later.
MIN_ROWS = 50_000
# Reading a table with layers joins their keys against the base: 0.1 s for 1 % of two million.
MOST_SHARE, MOST_LAYERS = 0.1, 40


class Layers:
    """The files of one version of a table, by layer. base, changes: absolute paths."""

    def __init__(self, folder: Path, table: DeltaTable) -> None:
        added = pa.table(table.get_add_actions(flatten=True))
        paths = added.column("path").to_pylist()
        rows = added.column("num_records").to_pylist()
        layers = [_layer(path) for path in paths]
        self.last = max(layers, default=0)
        self._numbered = [(str(folder / p), n) for p, n in zip(paths, layers, strict=True)]
        self.base = [path for path, layer in self._numbered if not layer]
        self.changes = [path for path, layer in self._numbered if layer]
        # By names below the table's folder: a hub that is moved or restored keeps its marks.
        bases = sorted(path for path, layer in zip(paths, layers, strict=True) if not layer)
        self._base_hash = sha256("\n".join(bases).encode()).hexdigest()[:16]
        self._base_rows = sum(r or 0 for r, n in zip(rows, layers, strict=True) if not n)
        self._change_rows = sum(r or 0 for r, n in zip(rows, layers, strict=True) if n)
        self.most_files = max(Counter(layers).values(), default=0)

    @property
    def mark(self) -> str:
        """The base's files, hashed, and the last layer."""
        return f"{self._base_hash}:{self.last}"

    def since(self, mark: str) -> list[str]:
        """Paths of the layers that came after `mark`; none if the base is another."""
        base, _, last = mark.rpartition(":")
        if base != self._base_hash or not last:
            return []
        return [path for path, layer in self._numbered if layer > int(last)]

    @property
    def files(self) -> list[str]:
        """All paths."""
        return [*self.base, *self.changes]

    def can_take(self, rows: int) -> bool:
        """Whether so many rows may come as one more layer."""
        few = self._change_rows + rows <= MOST_SHARE * self._base_rows
        return self._base_rows >= MIN_ROWS and few and self.last < MOST_LAYERS


def _layer(path: str) -> int:
    folder = path.partition("/")[0]
    return int(folder.removeprefix(f"{LAYER}=")) if folder.startswith(f"{LAYER}=") else 0


def with_layer(rows: pa.RecordBatchReader, layer: int) -> pa.RecordBatchReader:
    """The rows with the number of their layer."""
    schema = rows.schema.append(pa.field(LAYER, pa.int32()))
    return pa.RecordBatchReader.from_batches(schema, _numbered(rows, schema, layer))


def _numbered(
    rows: pa.RecordBatchReader, schema: pa.Schema, layer: int
) -> Iterator[pa.RecordBatch]:
    for batch in rows:
        number = pa.array([layer], pa.int32()).take(pa.array([0] * batch.num_rows, pa.int8()))
        yield pa.RecordBatch.from_arrays([*batch.columns, number], schema=schema)


def noted(key: Sequence[str]) -> str:
    """The key columns as a table's description."""
    return json.dumps({"key": list(key)})


def key_of(table: DeltaTable) -> list[str]:
    """The key columns that merges go by; empty before the first."""
    description = table.metadata().description
    return list(json.loads(description)["key"]) if description else []
