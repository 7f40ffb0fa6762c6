"""What the Dagster UI shows of a declared table: columns, kinds, owners, counts, a masked preview.

    schemas.Feed, schemas.Table -> AssetSpec      Hub, table -> materialization metadata

No value of a personal column leaves this module. Needs no secrets.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg
import pyarrow as pa

from foundation.lake import LakeTable
from pipelines.hub import Hub
from pipelines.preview import masked_preview
from schemas.derive import conformed_schema, documentation, quarantine_schema, raw_schema
from schemas.feeds import DEPARTMENTS
from schemas.model import Column, Feed, Table

ZONE_TITLES = {
    "raw": "as delivered 原始",
    "conformed": "current rows, typed 标准化",
    "quarantine": "rows that broke an error rule 隔离",
}
_ENDINGS = {
    "_precision": ("精度", "what is known (day, month, year, age, none)"),
    "_text": ("原文", "the text as delivered"),
}
META = {
    "_key": "主键 · the record key, its columns joined by |",
    "_hash": "内容哈希 · version and hash of the delivered cells",
    "_op": "操作 · U delivered, D gone, X unreadable line, C cursor only",
    "_batch": "批次 · number of the pull that brought the row",
    "_row": "行号 · place of the row within its batch",
    "_received_at": "接收时间 · when the hub received it",
    "_cursor": "游标 · where the pull after this batch begins",
    "_extra": "其他内容 · undeclared columns, or what is known of an unreadable line",
    "_stale": "滞后 · the key's newest row is in quarantine, this is the last good one",
    "_warnings": "提醒 · ids of the warning rules that the row breaks",
    "_rules": "错误 · ids of the error rules that the row breaks",
    "_rules_version": "规则版本 · version of the rules that judged the row",
    "_since": "隔离起始 · since when the row is in quarantine",
}
_FEED_SCHEMAS = {
    "raw": raw_schema,
    "conformed": conformed_schema,
    "quarantine": quarantine_schema,
}


def feed_spec(feed: Feed, zone: str, deps: Iterable[dg.AssetKey]) -> dg.AssetSpec:
    """The asset of one feed in one zone."""
    return dg.AssetSpec(
        [zone, feed.table],
        deps=list(deps),
        description=f"{feed.title_zh} · {feed.title}; {ZONE_TITLES[zone]}.",
        group_name=f"{feed.department}_{zone}",
        owners=[f"team:{feed.department}"],
        kinds={"deltalake", "duckdb"},
        metadata={"dagster/column_schema": _feed_columns(feed, zone)},
        skippable=True,
    )


def source_spec(feed: Feed) -> dg.AssetSpec:
    """The department's own table, endpoint or files: where the lineage starts."""
    kind = {"sql": "sql", "rest": "json", "files": "file"}[feed.transport]
    return dg.AssetSpec(
        ["source", feed.department, feed.source.strip("/").replace("/", "_").replace("-", "_")],
        description=f"{DEPARTMENTS[feed.department]} · {feed.title_zh}: {feed.source}",
        group_name=f"{feed.department}_source",
        owners=[f"team:{feed.department}"],
        kinds={kind},
        metadata={"dagster/column_schema": _source_columns(feed)},
    )


def table_spec(table: Table, deps: Iterable[dg.AssetKey]) -> dg.AssetSpec:
    """The asset of a table that the hub makes."""
    return dg.AssetSpec(
        [table.zone, table.name],
        deps=list(deps),
        description=f"{table.title_zh} · {table.grain}.",
        group_name=table.zone,
        owners=["team:resident_hub"],
        kinds={"deltalake", "duckdb"},
        metadata={
            "dagster/column_schema": _columns((c.name, c.type.value, c) for c in table.columns)
        },
        skippable=True,
    )


def _columns(columns: Iterable[tuple[str, str, Column | None]]) -> dg.TableSchema:
    return dg.TableSchema(columns=[_column(*column) for column in columns])


def _column(
    name: str, kind: str, column: Column | None, made_of: Column | None = None
) -> dg.TableColumn:
    """A column as the UI shows it: declared, made of a declared one, or the hub's own."""
    if column:
        said = f"{column.title_zh} · {documentation(column)}"
        return dg.TableColumn(name, kind, said, tags={"sensitivity": column.sensitivity.value})
    if made_of:
        ending = name.removeprefix(made_of.name)
        title, what = _ENDINGS[ending]
        said = f"{made_of.title_zh}{title} · {what} of {made_of.name}"
        seen = "public" if ending == "_precision" else made_of.sensitivity.value
        return dg.TableColumn(name, kind, said, tags={"sensitivity": seen})
    return dg.TableColumn(name, kind, META.get(name))


def _source_columns(feed: Feed) -> dg.TableSchema:
    return _columns((column.source, column.type.value, column) for column in feed.columns)


def _feed_columns(feed: Feed, zone: str) -> dg.TableSchema:
    declared = {c.name if zone == "conformed" else c.source: c for c in feed.columns}
    schema: pa.Schema = _FEED_SCHEMAS[zone](feed)
    made = _made_columns(feed) if zone == "conformed" else {}
    return dg.TableSchema(
        columns=[
            _column(field.name, str(field.type), declared.get(field.name), made.get(field.name))
            for field in schema
        ]
    )


def _made_columns(feed: Feed) -> dict[str, Column]:
    """The two further columns of each fuzzy date, each with the column that it is made of."""
    fuzzy = [column for column in feed.columns if column.fuzzy]
    return {f"{c.name}{ending}": c for c in fuzzy for ending in _ENDINGS}


def state(
    hub: Hub,
    table: LakeTable,
    columns: Iterable[Column],
    by_source: bool,
    changed: bool,
    rows: int | None = None,
) -> dict[str, Any]:
    """Row count of a table, counted unless it is known, and a masked preview if this run changed
    it."""
    if not table.exists:
        return {"dagster/row_count": 0}
    count = {"dagster/row_count": table.num_rows if rows is None else rows}
    if not changed:
        return count
    shown = {(c.source if by_source else c.name): c.sensitivity for c in columns}
    return {
        **count,
        "preview": dg.MetadataValue.md(masked_preview(hub, table, shown)),
    }


def counts(report: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The named counts of a report, as metadata."""
    return {name: report[name] for name in names if report.get(name) is not None}
