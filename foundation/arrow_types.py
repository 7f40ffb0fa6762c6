"""Arrow data made fit for the lake, batch by batch: plain types, UTC, the table's own column types.

    any Arrow stream -> lake_reader() -> LakeReader(.reader, .schema, .error) -> Delta

Rules: dictionaries are decoded; unsigned integers take the next wider signed type; nanoseconds
become microseconds; a timestamp without zone is taken to be in the zone that the caller names;
times and intervals are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from foundation.errors import LakeError

UTC_MICROSECONDS = pa.timestamp("us", "UTC")
_WIDER = {
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.decimal128(20, 0),
}


class LakeReader:
    """A RecordBatchReader that remembers the error its source raised: Arrow would hand on only
    its text."""

    def __init__(self, source: pa.RecordBatchReader, schema: pa.Schema, naive: str) -> None:
        self.schema = schema
        self.error: BaseException | None = None
        self.reader = pa.RecordBatchReader.from_batches(schema, self._batches(source, naive))

    def _batches(self, source: pa.RecordBatchReader, naive: str) -> Iterator[pa.RecordBatch]:
        try:
            for batch in source:
                yield _fit(batch, self.schema, naive)
        except BaseException as error:
            self.error = error
            raise


def lake_reader(data: Any, naive: str, table: pa.Schema | None = None) -> LakeReader:
    """Read `data` (anything that exports an Arrow stream, or a RecordBatch) with the lake's types.

    naive: zone of timestamps without zone. table: the schema of the table it goes to, whose types
    win; its columns that the data lacks are left out.
    """
    if isinstance(data, pa.RecordBatch):
        data = pa.Table.from_batches([data])
    # A reader is taken as it is: through the stream interface its errors would lose their type.
    own = isinstance(data, pa.RecordBatchReader)
    source = data if own else pa.RecordBatchReader.from_stream(data)
    known = {} if table is None else {item.name: item.type for item in table}
    items = [
        pa.field(item.name, known.get(item.name) or lake_type(item.type, item.name))
        for item in source.schema
    ]
    return LakeReader(source, pa.schema(items), naive)


def lake_type(kind: pa.DataType, column: str) -> pa.DataType:
    """The type a column of `kind` has in the lake. Raises LakeError for types that Delta does
    not have."""
    if pa.types.is_dictionary(kind):
        return lake_type(kind.value_type, column)
    if pa.types.is_timestamp(kind):
        return UTC_MICROSECONDS
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(lake_type(kind.value_type, column))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(item.name, lake_type(item.type, column)) for item in kind])
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_time(kind) or pa.types.is_duration(kind) or pa.types.is_interval(kind):
        raise LakeError(
            f"column {column}",
            f"its type {kind} cannot be stored",
            "nothing was written",
            "cast it to text or a number",
        )
    return _WIDER.get(kind, kind)


def _fit(batch: pa.RecordBatch, schema: pa.Schema, naive: str) -> pa.RecordBatch:
    if batch.schema.equals(schema):
        return batch
    columns = [
        _cast(column, item, naive) for column, item in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _cast(column: pa.Array, item: pa.Field, naive: str) -> pa.Array:
    if column.type == item.type:
        return column
    if pa.types.is_timestamp(column.type) and pa.types.is_timestamp(item.type):
        if column.type.tz is None and naive != "UTC":
            column = pc.assume_timezone(column, naive)
        return pc.cast(
            column, item.type, safe=False
        )  # only what is finer than a microsecond is lost
    try:
        return pc.cast(column, item.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise LakeError(
            f"column {item.name}",
            f"a value of type {column.type} does not fit the table's type {item.type}",
            "the table stays as it was",
            "cast the column in the model, or replace the table",
        ) from None
