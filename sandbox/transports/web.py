"""The HTTP server of city management and emergency, on loopback, in a process of its own.

    STATE/state.json (watched), STATE/pages/ ──► Live ──► city(): signed · emergency(): tokens

Started by serve with a pipe as its standard input: it prints its port, and ends when the pipe is
closed, so it never outlives its parent. Secrets: STATE/secrets/city_management and emergency.
Alone: ``python -m sandbox.transports.web STATE``, port on the first line, Ctrl-D to stop.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import socket
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import NO_FAULTS, Faults
from sandbox.state import State
from sandbox.transports.pages import Pages
from schemas import FEEDS, Feed

KEY_ID = CLIENT_ID = "hub"
SKEW_S = 300
PAGE_LIMIT = 5000
TOKEN_LIFE_S = 3600
REQUESTS_PER_S = 100  # of one department; more are answered 429


@dataclass
class Live:
    """The state as it is now: pages, faults, and what was counted since the start."""

    folder: Path
    started: str = field(default_factory=lambda: secrets.token_hex(4))
    faults: Faults = NO_FAULTS
    counts: Counter[str] = field(default_factory=Counter)
    tokens: dict[str, tuple[float, int | None]] = field(default_factory=dict)
    window: dict[str, tuple[int, int]] = field(default_factory=dict)
    _seen: tuple[int, int] = (0, 0)
    _opened: dict[str, tuple[str, Pages]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Read state.json again if it was written since."""
        about = (self.folder / "state.json").stat()
        written = (about.st_mtime_ns, about.st_ino)
        if written != self._seen:
            self._seen = written
            self.state = State.load(self.folder)
            if self.state.faults != self.faults.texts():
                self.faults = Faults.parse(self.state.faults)
                self.counts.clear()

    def pages(self, feed: Feed) -> Pages | None:
        """The rows of a feed that are true now; None when this county does not deliver it."""
        stem = self.state.pages.get(feed.id)
        if stem is None:
            return None
        if feed.id not in self._opened or self._opened[feed.id][0] != stem:
            self._opened[feed.id] = (stem, Pages.open(self.folder / "pages", stem))
        return self._opened[feed.id][1]

    def strikes(self, kind: str, feed: Feed) -> bool:
        """Count one more occasion for a fault; true on every n-th."""
        fault = self.faults.at(kind, feed.id)
        if fault is None:
            return False
        self.counts[f"{kind} {feed.id}"] += 1
        return self.counts[f"{kind} {feed.id}"] % fault.every == 0

    def is_too_fast(self, department: str) -> bool:
        """Count one more request of this second; true beyond the limit."""
        second, count = self.window.get(department, (0, 0))
        now = int(time.monotonic())
        self.window[department] = (now, count + 1 if second == now else 1)
        return self.window[department][1] > REQUESTS_PER_S

    @property
    def epoch(self) -> str:
        """Changes with every restart and every advance."""
        return f"{self.started} {self.state.today}"

    def turned(self, feed: Feed, start: int, size: int) -> int:
        """Where a page after the first begins under the faults: a page back, or a row on."""
        if self.strikes("duplicate_page", feed):
            return start - size
        if self.strikes("sliding_page", feed):
            return start + 1
        return start


async def hindrance(live: Live, feed: Feed, request: Request) -> Response | None:
    """What answers instead of the page: too many requests, a broken server, silence; else None."""
    live.refresh()
    if live.is_too_fast(feed.department) or live.strikes("rate_limit", feed):
        return JSONResponse({"error": "too_many_requests"}, 429, {"Retry-After": "1"})
    if live.strikes("http_5xx", feed):
        return JSONResponse({"error": "service_unavailable"}, 503)
    if live.strikes("timeout", feed):
        while (await request.receive())["type"] != "http.disconnect":
            pass
        return Response(status_code=504)
    return None


def signature(secret: str, path: str, query: list[tuple[str, str]], timestamp: str) -> str:
    """What city management expects in X-Signature."""
    text = f"GET\n{path}\n{urlencode(sorted(query))}\n{timestamp}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _unsigned(live: Live, request: Request, query: list[tuple[str, str]]) -> str | None:
    """Why the signature does not hold, or None."""
    given = request.headers
    stamp = given.get("x-timestamp", "")
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > SKEW_S:
        return "timestamp missing or too far from the server's clock"
    wanted = signature(live.state.secret("city_management"), request.url.path, query, stamp)
    is_ours = hmac.compare_digest(wanted.encode(), given.get("x-signature", "").encode())
    return None if given.get("x-key-id") == KEY_ID and is_ours else "unknown key or wrong signature"


def _refusal(code: int, message: str, status: int = 200) -> Response:
    body = b'{"code": %d, "message": "%b", "data": null}' % (code, message.encode())
    return Response(body, status, media_type="application/json")


def city(live: Live, feed: Feed) -> Route:
    """An endpoint of city management."""

    async def answer(request: Request) -> Response:
        if (instead := await hindrance(live, feed, request)) is not None:
            return instead
        query = parse_qsl(request.url.query, keep_blank_values=True)
        if why := _unsigned(live, request, query):
            return _refusal(40100, why, status=401)
        return _city_page(live, feed, dict(query))

    return Route(feed.source, answer)


def _city_page(live: Live, feed: Feed, query: dict[str, str]) -> Response:
    page, size = _whole(query.get("page", "1")), _whole(query.get("pageSize", "100"))
    pages = live.pages(feed)
    if pages is None:
        return _refusal(40400, "this service is not offered", status=404)
    if not page or not 1 <= size <= PAGE_LIMIT:
        return _refusal(40001, f"page is from 1, pageSize from 1 to {PAGE_LIMIT}")
    first = pages.first_since(query.get("updatedSince", ""))
    start = first + (page - 1) * size
    if page > 1 and start < len(pages):
        start = live.turned(feed, start, size)
    before = b'{"code": 0, "message": "ok", "data": {"total": %d, "list": ' % (len(pages) - first)
    body = pages.slice(start, start + size, before, b"}}")
    return Response(body, media_type="application/json")


def token(live: Live) -> Route:
    """The token endpoint of emergency: client credentials in the form or as HTTP basic."""

    async def answer(request: Request) -> Response:
        live.refresh()
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        given = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
        if form.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if given[0] != CLIENT_ID or not hmac.compare_digest(
            given[1].encode(), live.state.secret("emergency").encode()
        ):
            return JSONResponse({"error": "invalid_client"}, 401)
        fault = live.faults.at("expired_token", "emergency")
        issued = secrets.token_urlsafe(24)
        live.tokens[issued] = (time.monotonic() + TOKEN_LIFE_S, fault.every if fault else None)
        return JSONResponse(
            {"access_token": issued, "token_type": "Bearer", "expires_in": TOKEN_LIFE_S}
        )

    return Route("/oauth/token", answer, methods=["POST"])


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client, _, secret = base64.b64decode(text).decode().partition(":")
    except ValueError:
        return None
    return client, secret


def _is_welcome(live: Live, request: Request) -> bool:
    """Whether the bearer token is good; one use of it is spent."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    expires, left = live.tokens.get(text, (0.0, None))
    if scheme.lower() != "bearer" or expires < time.monotonic() or left == 0:
        live.tokens.pop(text, None)
        return False
    live.tokens[text] = (expires, None if left is None else left - 1)
    return True


def emergency(live: Live, feed: Feed) -> Route:
    """An endpoint of emergency."""

    async def answer(request: Request) -> Response:
        if (instead := await hindrance(live, feed, request)) is not None:
            return instead
        if not _is_welcome(live, request):
            return JSONResponse({"error": "invalid_token"}, 401, {"WWW-Authenticate": "Bearer"})
        return _emergency_page(
            live,
            feed,
            request.query_params.get("cursor", ""),
            request.query_params.get("limit", ""),
        )

    return Route(feed.source, answer)


def _emergency_page(live: Live, feed: Feed, cursor: str, limit: str) -> Response:
    pages, size = live.pages(feed), _whole(limit or "500")
    if pages is None:
        return JSONResponse({"error": "not_found"}, 404)
    place = read_cursor(cursor, feed) if cursor else ("", live.epoch)
    if place is None or not 1 <= size <= PAGE_LIMIT:
        return JSONResponse({"error": "invalid_request"}, 400)
    if place[1] != live.epoch and live.faults.at("cursor_expired", feed.id):
        return JSONResponse({"error": "cursor_expired"}, 410)
    start = pages.first_after(place[0])
    if cursor and start < len(pages):
        start = max(0, live.turned(feed, start, size))
    stop = min(start + size, len(pages))
    following = (
        make_cursor(feed, pages.place_of(stop - 1), live.epoch) if start < stop else cursor or None
    )
    after = b', "nextCursor": %b}' % json.dumps(following).encode()
    body = pages.slice(start, stop, b'{"items": ', after)
    return Response(body, media_type="application/json")


def make_cursor(feed: Feed, place: str, epoch: str) -> str:
    """A cursor that resumes after ``place``. No two are alike: an unchanged one is the end."""
    text = json.dumps([feed.name, place, epoch, secrets.token_hex(2)], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str, feed: Feed) -> tuple[str, str] | None:
    """Place and epoch of a cursor of this feed; None if it is not one."""
    try:
        name, place, epoch, _ = json.loads(
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        )
    except (ValueError, TypeError):
        return None
    return (place, epoch) if name == feed.name and isinstance(place, str) else None


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def application(folder: Path) -> Starlette:
    """The whole server, for one state folder."""
    live = Live(folder)
    served = [feed for feed in FEEDS.values() if feed.transport == "rest"]
    routes = [city(live, feed) for feed in served if feed.department == "city_management"]
    routes += [emergency(live, feed) for feed in served if feed.department == "emergency"]
    return Starlette(routes=[*routes, token(live)])


def main(folder: Path, port: int) -> None:
    """Serve until standard input is closed; the first line printed is the port."""
    listener = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(
        application(folder),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)

    def wait_for_end() -> None:
        sys.stdin.buffer.read()
        server.should_exit = True

    threading.Thread(target=wait_for_end, daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    server.run(sockets=[listener])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
