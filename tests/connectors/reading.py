"""Helpers: what a pull yields, in one piece."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from connectors import Batch, Connector, Pull, Unreadable


def batches(connector: Connector, pull: Pull) -> list[Batch]:
    found = list(connector.read(pull))
    for batch in found:
        assert {field.type for field in batch.rows.schema} == {pa.string()}
        assert tuple(batch.rows.schema.names[: len(pull.columns)]) == pull.columns
    return found


def rows(found: list[Batch]) -> list[dict[str, Any]]:
    return [row for batch in found for row in batch.rows.to_pylist()]


def aside(found: list[Batch]) -> list[Unreadable]:
    return [one for batch in found for one in batch.unreadable]
