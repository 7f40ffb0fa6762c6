"""Plain clients of the sandbox's transports, written from the wire protocol alone."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
import sqlalchemy as sa

from sandbox.serve import Served

Start = Callable[..., Served]  # the fixture: start(*faults, only=..., **options of serve)


def read_secret(section: dict[str, Any], name: str) -> str:
    return Path(section[name]["file"]).read_text()


def section(served: Served, department: str) -> dict[str, Any]:
    found: dict[str, Any] = served.sources()["departments"][department]
    return found


def query(served: Served, department: str, statement: str) -> list[tuple[Any, ...]]:
    """Rows as the hub would read them: with the account and the secret that sources() hands out."""
    options = section(served, department)
    url = sa.make_url(options["url"]).set(password=read_secret(options, "password"))
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement))]


def city(served: Served, path: str, skew: int = 0, **parameters: Any) -> requests.Response:
    options = section(served, "city_management")
    url, stamp = options["base_url"] + path, str(int(time.time()) + skew)
    text = f"GET\n{urlsplit(url).path}\n{urlencode(sorted(parameters.items()))}\n{stamp}"
    secret = read_secret(options["auth"], "secret").encode()
    headers = {
        "X-Key-Id": options["auth"]["key_id"],
        "X-Timestamp": stamp,
        "X-Signature": hmac.new(secret, text.encode(), hashlib.sha256).hexdigest(),
    }
    return requests.get(url, params=parameters, headers=headers, timeout=5)


def city_rows(served: Served, path: str, size: int, **parameters: Any) -> list[dict[str, Any]]:
    """All rows, page after page, until a page comes short."""
    rows: list[dict[str, Any]] = []
    for page in range(1, 100):
        found = city(served, path, page=page, pageSize=size, **parameters).json()["data"]["list"]
        rows += found
        if len(found) < size:
            return rows
    raise AssertionError("the pages do not end")


class Emergency:
    """A client of emergency with its token."""

    def __init__(self, served: Served) -> None:
        options = section(served, "emergency")
        self.url: str = options["base_url"]
        self.auth: dict[str, Any] = options["auth"]
        self.token = ""
        self.logins = 0

    def login(self) -> requests.Response:
        self.logins += 1
        form = {
            "grant_type": "client_credentials",
            "client_id": self.auth["client_id"],
            "client_secret": read_secret(self.auth, "client_secret"),
        }
        answer = requests.post(self.url + self.auth["token_path"], data=form, timeout=5)
        self.token = answer.json().get("access_token", "")
        return answer

    def get(self, path: str, **parameters: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        url = self.url + path
        return requests.get(url, params=parameters, headers=headers, timeout=5)

    def rows(
        self, path: str, limit: int, cursor: str | None = None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """All rows after ``cursor``, and the cursor that resumes later; logs in when needed."""
        rows: list[dict[str, Any]] = []
        for _ in range(200):
            parameters = {"limit": limit} | ({"cursor": cursor} if cursor else {})
            answer = self.get(path, **parameters)
            if answer.status_code == 401:
                self.login()
                continue
            page = answer.json()
            rows += page["items"]
            if not page["items"] or page["nextCursor"] in (None, cursor):
                return rows, cursor
            cursor = page["nextCursor"]
        raise AssertionError("the pages do not end")
