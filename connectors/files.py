"""Files that a department drops in a folder: local, SFTP or S3.

    listing -> complete, new files -> verified copy -> text in Arrow -> counted (rows=N) -> Batch

Options: url (path, sftp://user@host/path, s3://bucket/path), encoding (default gb18030), format
(default: any of csv, xlsx, jsonl, parquet), spill (folder for copies), password, key_filename,
passphrase, host_key (SFTP), key, secret, endpoint_url (S3). Secrets: password, passphrase, secret.
Alone:
    from connectors import FeedSpec, Pull, make
    feed = FeedSpec("civil_affairs", "cremation", "cremation")
    source = make("files", {"url": "drop/civil_affairs"}, feed)
    pull = Pull(("火化证号", "姓名"), ("火化证号",), delivery="increment")
    for batch in source.read(pull): print(batch.rows.num_rows, batch.cursor)
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from connectors import cells, csv_file, other_files, workbook
from connectors.base import NOTHING_TAKEN, Batch, Part, Pull, cursor_text, sealed, since_of
from connectors.drop import FORMATS, Delivery, Drop, is_far_ahead, opened, pending
from foundation.errors import ConfigError, SourceInvalid


@dataclass(frozen=True)
class FilesConnector:
    """The files `<feed>_<YYYYMMDD>[_NN].<format>` of one folder.

    A file is yielded only after it was read to its end and its rows were counted, so a bad file
    leaves the feed as it was. Of a snapshot feed the last complete file is taken, of others every
    new file in order; each ends with a cursor of its own. No batch means that nothing new is
    complete.
    """

    where: str
    url: str
    feed: str
    encoding: str = "gb18030"
    formats: tuple[str, ...] = FORMATS
    spill: str | None = None
    options: dict[str, Any] = field(default_factory=dict, repr=False)

    def check(self) -> None:
        """List the folder and read the manifests."""
        with opened(self.where, self.url, self.options) as drop:
            drop.complete(self.feed, self.formats)

    def read(self, pull: Pull) -> Iterator[Batch]:
        """Yield the new files, each as one or more batches."""
        since = since_of(pull, "files")
        taken: dict[str, str] = since if isinstance(since, dict) else {}
        snapshot = pull.delivery == "snapshot"
        cursor = pull.since
        with opened(self.where, self.url, self.options) as drop:
            for delivery in pending(self._offered(drop, snapshot), taken, snapshot):
                taken = {**({} if snapshot else taken), delivery.name: delivery.mark}
                after = cursor_text("files", taken)
                with tempfile.TemporaryDirectory(prefix="hub-", dir=self.spill) as folder:
                    path = drop.fetch(delivery, Path(folder))
                    parts = self._verified(path, delivery, pull, Path(folder) / "rows")
                    yield from sealed(parts, cursor, lambda after=after: after, delivery.name)  # type: ignore[misc]
                cursor = after

    def _offered(self, drop: Drop, snapshot: bool) -> list[Delivery]:
        """The complete files. Raises SourceInvalid if the last snapshot is dated far ahead."""
        offered = drop.complete(self.feed, self.formats)
        if snapshot and offered and is_far_ahead(offered[-1].day):
            what = f"{offered[-1].name} is dated more than a year ahead, and would hide all others"
            remedy = "ask the department to rename it and its manifest"
            raise SourceInvalid(self.where, what, NOTHING_TAKEN, remedy)
        return offered

    def _verified(self, path: Path, delivery: Delivery, pull: Pull, spool: Path) -> Iterator[Part]:
        """The file's rows, after all of them were read and counted. Raises SourceInvalid if the
        count is wrong.
        """
        where = f"{self.where}, {delivery.name}"
        count = 0
        for way in self._ways(path, delivery, pull, where):
            try:
                count, aside = _spooled(way, spool)
            except csv_file.NeedsCareError:
                continue
            if count == delivery.rows:
                return _unspooled(spool, aside)
        what = f"the file has {count} rows, its manifest says {delivery.rows}"
        raise SourceInvalid(
            where, what, NOTHING_TAKEN, "ask the department to deliver file and manifest again"
        )

    def _ways(
        self, path: Path, delivery: Delivery, pull: Pull, where: str
    ) -> Iterator[Iterator[Part]]:
        """The ways to read the file, best first; a CSV file has two."""
        if path.stat().st_size == 0:
            yield csv_file.empty(pull, where, delivery.rows)
        elif delivery.format == "csv":
            layout = csv_file.layout_of(path, pull, where, self.encoding)
            yield csv_file.read_clean(path, layout, pull)
            yield csv_file.read_careful(path, layout, pull)
        elif delivery.format == "xlsx":
            yield workbook.read_xlsx(path, pull, where)
        elif delivery.format == "jsonl":
            yield other_files.read_jsonl(path, pull, where)
        else:
            yield other_files.read_parquet(path, pull, where)


def from_options(options: dict[str, Any], where: str, feed: str) -> FilesConnector:
    """A connector of `hub.toml` options; raises ConfigError for one that is missing or wrong."""
    formats = str(options["format"]).lower().split(",") if options.get("format") else list(FORMATS)
    if not options.get("url") or not set(formats) <= set(FORMATS):
        remedy = f"set url, and format to some of {', '.join(FORMATS)}"
        raise ConfigError(where, "url is missing or format is unknown", NOTHING_TAKEN, remedy)
    encoding, spill = str(options.get("encoding", "gb18030")), options.get("spill")
    return FilesConnector(
        where, str(options["url"]), feed, encoding, tuple(formats), spill, options
    )


def _spooled(parts: Iterator[Part], spool: Path) -> tuple[int, list[tuple[Any, ...]]]:
    """Write the rows to a file; returns how many rows there are, unreadable ones too, and those of
    each batch.

    A stream of its own for each batch: JSON lines may bring new columns at any time.
    """
    count, asides, place = 0, [], 0
    with pa.OSFile(str(spool), "wb") as sink:
        for rows, aside in parts:
            clean, nul = cells.without_nul(rows, "row", place)
            place += rows.num_rows
            count += rows.num_rows + len(aside)
            asides.append((*aside, *nul))
            with pa.ipc.new_stream(sink, clean.schema) as writer:
                writer.write_batch(clean)
    return count, asides


def _unspooled(spool: Path, asides: list[tuple[Any, ...]]) -> Iterator[Part]:
    with pa.OSFile(str(spool), "rb") as source:  # a mapped file would count as memory
        for aside in asides:
            with pa.ipc.open_stream(source) as reader:
                (rows,) = reader  # to the end of this stream, where the next one begins
            yield rows, aside
