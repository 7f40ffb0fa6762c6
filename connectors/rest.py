"""Endpoints of a department's REST service.

    pages, anchored at the last cursor value -> text in Arrow -> counted against `total` -> Batch

Options: base_url, path (default: the feed's source), paging and envelope (connectors.paging), auth
(connectors.auth), page_size, timeout_s, retries, ca_bundle. Secrets: those of auth. Alone:
    from connectors import FeedSpec, Pull, make
    feed = FeedSpec("city_management", "case", "/api/v1/cases")
    signed = {"kind": "hmac", "key_id": "hub", "secret": "..."}
    source = make("rest", {"base_url": "http://127.0.0.1:8000", "auth": signed}, feed)
    pull = Pull(("caseId", "updatedAt"), ("caseId",), "updatedAt", required=())
    for batch in source.read(pull): print(batch.rows.num_rows, batch.cursor)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit

import pyarrow as pa

from connectors import auth, cells, http
from connectors.ahead import ahead
from connectors.base import (
    NOTHING_TAKEN,
    Batch,
    Part,
    Pull,
    Unreadable,
    arranged,
    columns_missing,
    cursor_text,
    sealed,
)
from connectors.chain import Chain
from connectors.follow import Follower, follower
from connectors.http import Answer, Client, ExpiredError, Request
from connectors.json_columns import Columns
from connectors.json_rows import Decoder, are_rows, column, is_row, shapes_of, value
from connectors.paging import Cursors, Envelope, Links, Paging, dig, envelope_of, paging_of
from connectors.sweep import Sweep
from foundation.errors import ConfigError, SourceInvalid

BATCH_ROWS = 20_000
Page = tuple[pa.RecordBatch, set[str]]  # its rows, and the names that it really has


@dataclass(frozen=True)
class RestConnector:
    """One endpoint.

    Numbered pages slide while rows change under them. So a page is asked for by the last cursor
    value seen, and by number only among rows that share one value; afterwards the distinct keys are
    counted against `total`, and what is short is read again. The cursor that follows is the
    greatest value seen, not later than the server's clock.
    """

    where: str
    base_url: str
    path: str
    paging: Paging
    envelope: Envelope
    auth: dict[str, Any] = field(default_factory=dict, repr=False)
    page_size: int = 1000
    timeout_s: float = 30.0
    retries: int = 5
    ca_bundle: str | None = None

    def check(self) -> None:
        """Ask for one page of one row."""
        try:
            with closing(self._client()) as client:
                client.get({self.paging.size: "1"})
        except ExpiredError:
            what = "the server says that its first page has expired (HTTP 410)"
            raise SourceInvalid(self.where, what, NOTHING_TAKEN, "ask the department") from None

    def read(self, pull: Pull) -> Iterator[Batch]:
        """Yield the rows since the cursor, or all; at least one batch, which may be empty."""
        with closing(self._client()) as client:
            yield from self._read(client, pull)

    def _read(self, client: Client, pull: Pull) -> Iterator[Batch]:
        if isinstance(self.paging, Cursors):
            chain = Chain(self.where, client, self.paging, pull, self.page_size)
            parts = self._parts(chain.pages(), pull)
            yield from sealed(parts, pull.since, chain.cursor, self.path)
            return
        follow = Follower(None, None, cursor_text("rest", None))
        if (
            pull.cursor_column is not None
            and pull.delivery != "snapshot"
            and self.paging.since is not None
        ):
            follow = follower(pull, "rest", pull.cursor_column, "text", None)
        pages = self._pages(client, pull, follow)
        yield from sealed(self._parts(pages, pull, follow), pull.since, follow.cursor, self.path)

    def _client(self) -> Client:
        made = http.session(self.retries, self.ca_bundle)
        credentials = auth.from_options(self.auth, self.where, self.base_url, made)
        url = self.base_url.rstrip("/") + "/" + self.path.lstrip("/")
        pages = Decoder(self.envelope.list, self._looked_at())
        return Client(self.where, url, self.envelope, made, credentials, pages, self.timeout_s)

    def _looked_at(self) -> tuple[str, ...]:
        """The paths of an answer that are read besides its rows."""
        following = self.paging.next if isinstance(self.paging, (Cursors, Links)) else None
        paths = (self.envelope.total, self.envelope.code, following)
        return tuple(path for path in paths if path)

    def _pages(self, client: Client, pull: Pull, follow: Follower) -> Iterator[Sequence[Any]]:
        if isinstance(self.paging, Links):
            yield from self._linked(client, self.paging, follow)
        elif not isinstance(self.paging, Cursors):
            yield from Sweep(self.where, client, self.paging, pull, follow, self.page_size).pages()

    def _linked(self, client: Client, paging: Links, follow: Follower) -> Iterator[Sequence[Any]]:
        answer = self._first_linked(client, paging, follow)
        asked = {client.url}
        while True:
            yield answer.rows
            link = _linked_address(paging, answer, client.url)
            if link is None:
                return
            if link in asked or urlsplit(link)[:2] != urlsplit(client.url)[:2]:
                what = "a page links back to an earlier one, or to another server"
                raise SourceInvalid(self.where, what, NOTHING_TAKEN, "ask the department")
            asked.add(link)
            answer = client.get({}, link, partial(_following_link, client, paging))

    def _first_linked(self, client: Client, paging: Links, follow: Follower) -> Answer:
        """The first page since the cursor, or of all if that is beyond the server's clock."""
        params = {paging.size: str(self.page_size)}
        since = {paging.since: follow.start} if paging.since and follow.start else {}
        foresee = partial(_following_link, client, paging)
        answer = client.get({**params, **since}, foresee=foresee)
        follow.now = answer.now
        if since and follow.distrust_the_future():
            return client.get(params, foresee=foresee)
        return answer

    def _parts(
        self, pages: Iterator[Sequence[Any]], pull: Pull, follow: Follower | None = None
    ) -> Iterator[Part]:
        """Rows gathered to batches of some size; each page is in Arrow before the next comes."""
        aside: list[Unreadable] = []
        gathered: list[Page] = []
        begun = False
        for number, page in enumerate(ahead(pages), 1):
            gathered.append(_in_arrow(_objects(page, number, aside), pull.columns))
            if sum(rows.num_rows for rows, _ in gathered) >= BATCH_ROWS:
                yield self._part(gathered, aside, pull, follow)
                gathered, aside, begun = [], [], True
        if gathered or aside or not begun:
            yield self._part(gathered, aside, pull, follow)

    def _part(
        self, pages: list[Page], aside: list[Unreadable], pull: Pull, follow: Follower | None
    ) -> Part:
        found: set[str] = set().union(*(names for _, names in pages))
        extra = sorted(found - set(pull.columns))
        missing = [name for name in pull.must_have if name not in found]
        if missing and any(rows.num_rows for rows, _ in pages):
            raise columns_missing(self.where, missing, extra)
        none, _ = _in_arrow([], pull.columns)
        names = (*pull.columns, *extra)
        batch = pa.concat_batches([arranged(rows, names) for rows, _ in (*pages, (none, found))])
        if follow is not None:
            follow.seen(batch)
        batch, nul = cells.without_nul(batch, "row")
        return batch, (*aside, *nul)


def from_options(options: dict[str, Any], where: str, source: str) -> RestConnector:
    """A connector of `hub.toml` options; raises ConfigError for one that is missing or wrong."""
    base_url = str(options.get("base_url", ""))
    if urlsplit(base_url).scheme not in ("http", "https"):
        raise ConfigError(
            where, "base_url is missing or not http(s)", NOTHING_TAKEN, "correct hub.toml"
        )
    paging = paging_of(options.get("paging"), where)
    made = RestConnector(
        where,
        base_url,
        str(options.get("path") or source),
        paging,
        envelope_of(options.get("envelope"), paging, where),
        dict(options.get("auth") or {}),
        int(options.get("page_size", 1000)),
        float(options.get("timeout_s", 30)),
        int(options.get("retries", 5)),
        options.get("ca_bundle"),
    )
    made._client()  # wrong auth options are told now
    return made


def _in_arrow(rows: Sequence[Any], declared: tuple[str, ...]) -> Page:
    """A page's rows as text: the declared columns, and the others that any row has."""
    if isinstance(rows, Columns):
        found = set(rows.table.schema.names)
        return arranged(rows.table, (*declared, *sorted(found - set(declared)))), found
    shapes = shapes_of(rows)
    found = set().union(*shapes)
    names = [*declared, *sorted(found - set(declared))]
    columns = [cells.text_of_values(_column(rows, name, len(shapes) == 1)) for name in names]
    return pa.RecordBatch.from_arrays(columns, names=names), found


def _column(rows: Sequence[Any], name: str, everywhere: bool) -> list[Any]:
    found = column(rows, name) if everywhere else None
    return [value(row, name) for row in rows] if found is None else found


def _objects(page: Sequence[Any], number: int, aside: list[Unreadable]) -> Sequence[Any]:
    if are_rows(page):
        return page
    for position, row in enumerate(page, 1):
        if not is_row(row):
            place = f"page {number} item {position}"
            aside.append(Unreadable(place, "the item is not a JSON object", cells.json_cell(row)))
    return [row for row in page if is_row(row)]


def _following_link(client: Client, paging: Links, answer: Answer, count: int) -> Request | None:
    link = _linked_address(paging, answer, client.url)
    there = link is not None and urlsplit(link)[:2] == urlsplit(client.url)[:2]
    return ({}, link) if link is not None and there else None


def _linked_address(paging: Links, answer: Answer, base: str) -> str | None:
    if paging.next is None:
        return urljoin(base, answer.link) if answer.link else None
    try:
        link = dig(answer.body, paging.next)
    except KeyError:
        return None
    return urljoin(base, link) if isinstance(link, str) and link else None
