"""Comparing with the full listing of a REST source: by page, and behind an opaque cursor."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from small_hub import SmallHub, small_hub

from foundation.config import Source
from pipelines.conform.run import conform_feed
from pipelines.pull import pull_feed
from pipelines.reconcile import Compared

OLD, NEW = "2026-02-01T08:00:00", "2026-03-01T08:00:00"
Rows = list[dict[str, Any]]


def _answer(rows: Rows, query: dict[str, str], cursor: str, key: str) -> dict[str, Any]:
    """A page by number under an envelope, or a page behind a cursor, as feeds.md has them."""
    ordered = sorted(rows, key=lambda row: (row[cursor], row[key]))
    if "pageSize" in query:
        found = [row for row in ordered if row[cursor] >= query.get("updatedSince", "")]
        size, page = int(query["pageSize"]), int(query["page"])
        listed = found[(page - 1) * size : page * size]
        return {"code": 0, "message": "ok", "data": {"total": len(found), "list": listed}}
    after = query.get("cursor", "")
    found = [row for row in ordered if f"{row[cursor]} {row[key]}" > after][: int(query["limit"])]
    last = f"{found[-1][cursor]} {found[-1][key]}" if found else after
    return {"items": found, "nextCursor": last}


@contextmanager
def _department(rows: Rows, cursor: str, key: str) -> Iterator[tuple[str, list[str]]]:
    """Serve the rows on loopback; yields the address and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            query = dict(parse_qsl(urlsplit(self.path).query))
            body = json.dumps(_answer(rows, query, cursor, key)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("feed", "paging"), [("city_management.shop", "page"), ("emergency.shelter", "cursor")]
)
def test_a_full_listing_shows_what_updated_since_hides(
    tmp_path: Path, feed: str, paging: str
) -> None:
    key, name = "shopId" if paging == "page" else "shelterId", "name"
    rows: Rows = [{key: f"s{n:02d}", name: "甲", "updatedAt": OLD} for n in range(19)]
    rows.append({key: "s19", name: "甲", "updatedAt": NEW})
    with _department(rows, "updatedAt", key) as (url, asked):
        options = {"base_url": url, "paging": paging, "page_size": 8}
        hub = small_hub(tmp_path, feed, Source("departments.x", "rest", options))
        for row in rows:
            row |= {column: None for column in hub.feed.sources if column not in row}
        hub.night()
        del rows[3]  # in silence
        rows[4][name] = "乙"  # without a new updatedAt
        rows.append({**rows[4], key: "s99", "updatedAt": "2026-01-01T08:00:00"})  # an old one
        assert hub.night()[0].appended == 0
        asked.clear()
        assert _reconciled(hub) == Compared(compared=20, missing=1, changed=1, deleted=1)
        # The listing's 20 rows are three pages; one behind a cursor is read again to be sure.
        assert len(asked) <= (4 if paging == "page" else 8)
        assert _reconciled(hub).missed == 0
    assert "s03" not in hub.rows("conformed")
    assert "s99" in hub.rows("conformed")


def _reconciled(hub: SmallHub) -> Compared:
    pulled = pull_feed(hub.hub, hub.feed, reconcile=True)
    assert conform_feed(hub.hub, hub.feed, pulled).balanced
    assert pulled.compared is not None
    return pulled.compared
