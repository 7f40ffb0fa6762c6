"""Look at a source that nobody has declared: a table, an endpoint, a file.

    source + options -> Sample: rows as text, titles, key, and the options that it is to be read by

Reads at most SAMPLE rows and writes nothing at the source. Secrets: those of the options, resolved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import sqlalchemy as sa

from connectors import FeedSpec, Pull, make
from connectors.sql_faults import speaking
from foundation.errors import ConfigError
from pipelines.propose.endpoint import look_at_endpoint
from pipelines.propose.file import look_at_file

SAMPLE = 20_000
NOTHING = "nothing was written"


@dataclass(frozen=True)
class Sample:
    """What a source showed.

    rows: all columns as text. options: of the `[source]`, found out or given. titles: what the
    source itself calls its columns. key: its own primary key. follows: it can be asked for what
    changed. file: a local file that is not yet in a drop folder.
    """

    transport: str
    options: dict[str, Any]
    rows: pa.Table
    titles: dict[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    follows: bool = False
    file: Path | None = None


def look(name: str, source: str, options: dict[str, Any]) -> Sample:
    """Find out what ``source`` is and read a sample. Raises SourceError or ConfigError."""
    scheme = urlsplit(source).scheme.lower() if "://" in source else ""
    if scheme in ("http", "https"):
        found, rows, follows = look_at_endpoint(name, source, options)
        return Sample("rest", found, rows, follows=follows)
    if scheme and scheme not in ("file", "sftp", "ssh", "s3"):
        return _look_at_table(name, source, options)
    seen = look_at_file(name, source, options, SAMPLE)
    return Sample("files", seen.options, seen.rows, file=seen.local)


def _look_at_table(name: str, url: str, options: dict[str, Any]) -> Sample:
    table = options.get("table")
    address = _address(name, url)
    if not table:
        names = _tables(name, address, options)
        raise ConfigError(
            name, "which table is not said", NOTHING, f"add --table, one of: {', '.join(names)}"
        )
    given = {"url": url, **options}
    department, _, feed = name.partition(".")
    connector = make("sql", given, FeedSpec(department, feed, str(table)))
    rows = gathered(batch.rows for batch in connector.read(Pull((), (), delivery="snapshot")))
    titles, key = _reflected(name, address, options, str(table))
    return Sample("sql", given, rows, titles, key, follows=True)


def gathered(batches: Iterator[pa.RecordBatch]) -> pa.Table:
    """The first batches, up to SAMPLE rows."""
    found: list[pa.RecordBatch] = []
    for batch in islice(batches, SAMPLE):
        found.append(batch)
        if sum(map(len, found)) >= SAMPLE:
            break
    return pa.Table.from_batches(found).slice(0, SAMPLE)


def _address(name: str, url: str) -> sa.URL:
    try:
        return sa.make_url(url)
    except sa.exc.ArgumentError:
        raise ConfigError(name, "that is no SQLAlchemy url", NOTHING, "see README.md") from None


def _engine(address: sa.URL, options: dict[str, Any]) -> sa.Engine:
    if options.get("password"):
        address = address.set(password=str(options["password"]))
    if address.drivername in ("mysql", "mariadb"):
        address = address.set(drivername=f"{address.drivername}+pymysql")
    return sa.create_engine(address, hide_parameters=True)


def _tables(name: str, address: sa.URL, options: dict[str, Any]) -> list[str]:
    with speaking(name):
        engine = _engine(address, options)
        try:
            inspector = sa.inspect(engine)
            schema = options.get("schema")
            return sorted([*inspector.get_table_names(schema), *inspector.get_view_names(schema)])
        finally:
            engine.dispose()


def _reflected(
    name: str, address: sa.URL, options: dict[str, Any], table: str
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Comments of the columns, and the primary key or the first unique constraint."""
    schema = options.get("schema")
    with speaking(name):
        engine = _engine(address, options)
        try:
            inspector = sa.inspect(engine)
            columns = inspector.get_columns(table, schema)
            key = inspector.get_pk_constraint(table, schema)["constrained_columns"]
            others = [] if key else inspector.get_unique_constraints(table, schema)
        finally:
            engine.dispose()
    titles = {c["name"]: str(c["comment"]).strip() for c in columns if c.get("comment")}
    unique = others[0]["column_names"] if others else ()
    return titles, tuple(str(one) for one in (key or unique))
