"""A small department on loopback: numbered signed pages, opaque cursors under OAuth2, links; with
faults on demand.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

KEY_ID, SECRET = "hub", "s3cret-canary"
Hook = Callable[[int, dict[str, str]], Response | None]


@dataclass
class Department:
    """rows are sorted by updatedAt, then id. before: called with each request's number; may answer
    instead.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    before: Hook = lambda number, query: None
    requests: list[dict[str, str]] = field(default_factory=list)
    tokens: dict[str, int] = field(default_factory=dict)
    token_uses: int = 10**9
    skew_s: float = 0.0
    repeat: frozenset[int] = frozenset()  # numbers of requests answered with the page before
    slide: frozenset[int] = frozenset()  # numbers of requests whose page begins a row late
    epoch: str = "1"
    url: str = ""
    elsewhere: str = ""  # where links lead to

    def sorted(self) -> list[dict[str, Any]]:
        return sorted(self.rows, key=lambda row: (str(row["updatedAt"]), str(row["id"])))

    def turned(self, start: int, size: int) -> int:
        number = len(self.requests)
        if start and number in self.repeat:
            return max(start - size, 0)
        return start + 1 if start and number in self.slide else start

    async def numbered(self, request: Request) -> Response:
        query = dict(parse_qsl(request.url.query))
        self.requests.append(query)
        if (instead := self.before(len(self.requests), query)) is not None:
            return instead
        stamp = request.headers.get("x-timestamp", "0")
        text = f"GET\n{request.url.path}\n{urlencode(sorted(query.items()))}\n{stamp}"
        wanted = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
        late = abs(time.time() + self.skew_s - int(stamp)) > 300
        if late or request.headers.get("x-signature") != wanted:
            return self.dated(JSONResponse({"code": 401, "data": None}, 401))
        since = query.get("updatedSince", "")
        rows = [row for row in self.sorted() if str(row["updatedAt"]) >= since]
        size = int(query["pageSize"])
        start = self.turned((int(query["page"]) - 1) * size, size)
        data = {"total": len(rows), "list": rows[start : start + size]}
        return self.dated(JSONResponse({"code": 0, "message": "ok", "data": data}))

    def dated(self, response: Response) -> Response:
        now = time.gmtime(time.time() + self.skew_s)
        response.headers["Date"] = time.strftime("%a, %d %b %Y %H:%M:%S GMT", now)
        return response

    async def token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if (form.pop("grant_type"), *form.values()) != ("client_credentials", KEY_ID, SECRET):
            return JSONResponse({"error": "invalid_client"}, 401)
        token = f"token{len(self.tokens)}"
        self.tokens[token] = self.token_uses
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    async def chained(self, request: Request) -> Response:
        query = dict(request.query_params)
        self.requests.append(query)
        if (instead := self.before(len(self.requests), query)) is not None:
            return instead
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0) <= 0:
            return JSONResponse({"error": "invalid_token"}, 401)
        self.tokens[token] -= 1
        epoch, _, place = query.get("cursor", f"{self.epoch}/").partition("/")
        if epoch != self.epoch:
            return JSONResponse({"error": "cursor_expired"}, 410)
        rows = self.sorted()
        places = [f"{row['updatedAt']} {row['id']}" for row in rows]
        start = next((i for i, one in enumerate(places) if one > place), len(rows))
        start = self.turned(start, int(query["limit"]))
        page = rows[start : start + int(query["limit"])]
        last = f"{page[-1]['updatedAt']} {page[-1]['id']}" if page else place
        return JSONResponse({"items": page, "nextCursor": f"{self.epoch}/{last}"})

    async def linked(self, request: Request) -> Response:
        query = dict(request.query_params)
        self.requests.append(query)
        start, size = int(query.get("from", 0)), int(query.get("limit", 2))
        if request.headers.get("x-api-key") != SECRET:
            return JSONResponse({}, 403)
        base = self.elsewhere or self.url
        following = f'<{base}/linked?from={start + size}&limit={size}>; rel="next"'
        rows = self.sorted()
        headers = {"Link": following} if start + size < len(rows) else {}
        return JSONResponse(rows[start : start + size], headers=headers)

    async def plain(self, request: Request) -> Response:
        self.requests.append(dict(request.query_params))
        instead = self.before(len(self.requests), self.requests[-1])
        rows = self.sorted()[int(request.query_params.get("offset", 0)) :]
        return instead or JSONResponse({"items": rows[: int(request.query_params["limit"])]})


def answer(body: Any, status: int = 200, **headers: str) -> Response:
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return Response(text, status, headers, media_type="application/json")


@contextmanager
def running(department: Department) -> Iterator[Department]:
    """Serve on a free port of loopback until the end of the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    department.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    routes = [
        Route("/numbered", department.numbered),
        Route("/oauth/token", department.token, methods=["POST"]),
        Route("/chained", department.chained),
        Route("/linked", department.linked),
        Route("/plain", department.plain),
    ]
    app = Starlette(routes=routes)
    config = uvicorn.Config(app, log_config=None, lifespan="off", date_header=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield department
    finally:
        server.should_exit = True
        thread.join()
