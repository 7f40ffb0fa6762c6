"""Look at a REST endpoint: where its rows are, how it pages, whether it tells what changed.

    GET url -> envelope; a few questions more -> paging, since -> options of connectors.rest

At most a dozen requests of few rows. Secrets: those of auth, resolved.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import requests

from connectors import auth, cells, http
from connectors.paging import dig
from foundation.errors import (
    SourceChanged,
    SourceDenied,
    SourceError,
    SourceInvalid,
    SourceUnreachable,
)

SAMPLE_ROWS = 1_000
NOTHING = "nothing was written"
_DECODER = json.JSONDecoder(parse_float=cells.Number, parse_int=cells.Number)
_TOTAL = ("total", "totalCount", "total_count", "count", "totalElements", "records")
_CODE = {"code": ("0", "200"), "status": ("0", "200", "ok", "success"), "errcode": ("0",)}
_NEXT = ("nextCursor", "next_cursor", "cursor", "nextToken", "next_token")
_LINK = ("next", "links.next", "paging.next", "next_url", "nextPage")
_PAGES = (
    ("page", "pageSize"),
    ("page", "size"),
    ("page", "per_page"),
    ("page", "limit"),
    ("pageNum", "pageSize"),
    ("pageNo", "pageSize"),
)
_OFFSETS = (("offset", "limit"), ("skip", "limit"), ("start", "limit"))
_SINCE = ("updatedSince", "updated_since", "modifiedSince", "since", "updated_after")
_FAR = "2999-01-01T00:00:00"
_FEW = 2


def look_at_endpoint(
    name: str, url: str, options: dict[str, Any]
) -> tuple[dict[str, Any], pa.Table, bool]:
    """The options that read it, a sample, and whether it can be asked for what changed."""
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    made = http.session(1, options.get("ca_bundle"))
    credentials = auth.from_options(options.get("auth"), name, base, made)
    whole = _Asked(name, url, made, credentials)
    body = whole.body({})
    place = _rows_at(body)
    if place is None:
        raise SourceChanged(
            name, "the answer holds no list of objects", NOTHING,
            "give the address that answers with rows",
        )  # fmt: skip
    envelope = _envelope(body, place)
    whole.place = place
    found, since = _paging(whole, body, envelope)
    rows = whole.rows({found.get("size", "limit"): str(SAMPLE_ROWS)}) if found else dig(body, place)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    read_by = {**options, "base_url": base, "path": path, "envelope": envelope, "paging": found}
    return read_by, _table(rows), since


class _Asked:
    """An address that can be asked, and where in its answers the rows are."""

    def __init__(self, where: str, url: str, session: requests.Session, login: auth.Auth) -> None:
        self.where, self.url, self.session, self.login = where, url, session, login
        self.place = ""
        self.link: str | None = None

    def body(self, params: dict[str, str]) -> Any:
        """The whole answer. Raises SourceError, without any text of it."""
        response = self._send(params)
        if response.status_code == 401 and self.login.refused(response):
            response = self._send(params)
        if response.status_code != 200:
            raise _refused(self.where, response.status_code)
        self.link = response.links.get("next", {}).get("url")
        try:
            return _DECODER.decode(response.content.decode("utf-8-sig"))
        except ValueError:
            what = "the answer is not JSON"
            raise SourceInvalid(self.where, what, NOTHING, "give the address of data") from None

    def _send(self, params: dict[str, str]) -> requests.Response:
        try:
            return self.session.get(
                self.url, params=params, auth=self.login, timeout=30, allow_redirects=False
            )
        except requests.RequestException as error:
            raise SourceUnreachable(
                self.where,
                f"the server does not answer ({type(error).__name__})",
                NOTHING,
                "check the address, the network and, for https, --option ca_bundle=FILE",
            ) from None

    def rows(self, params: dict[str, str]) -> list[Any]:
        """The rows of the answer; none where it refuses."""
        try:
            found = dig(self.body(params), self.place)
        except (SourceError, KeyError, ValueError):
            return []
        return found if isinstance(found, list) else []


def _refused(where: str, status: int) -> SourceError:
    what = f"the server answers HTTP {status}"
    if status in (401, 403):
        remedy = "say how it knows us: --option auth.kind=... and --secret auth....=env:NAME"
        return SourceDenied(where, what, NOTHING, remedy)
    return SourceInvalid(where, what, NOTHING, "check the address with the department")


def _walk(body: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    yield path, body
    if isinstance(body, dict) and depth < 4:
        for key, value in body.items():
            yield from _walk(value, f"{path}.{key}" if path else key, depth + 1)


def _rows_at(body: Any) -> str | None:
    """The dotted path of the longest list of objects."""
    lists = [
        (len(value), path)
        for path, value in _walk(body)
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value)
    ]
    return max(lists, key=lambda pair: pair[0])[1] if lists else None


def _envelope(body: Any, place: str) -> dict[str, Any]:
    above = place.rpartition(".")[0]
    scopes = list(dict.fromkeys([f"{above}." if above else "", ""]))
    paths = dict(_walk(body))
    found: dict[str, Any] = {"list": place}
    totals = [s + t for s in scopes for t in _TOTAL if str(paths.get(s + t, "")).isdigit()]
    if totals:
        found["total"] = totals[0]
    for key, good in _CODE.items():
        if str(paths.get(key, "")) in good:
            found |= {"code": key, "ok": [str(paths[key])]}
            break
    return found


def _paging(asked: _Asked, body: Any, envelope: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Options of `paging`, found by asking for two rows in every known way."""
    paths = dict(_walk(body))
    above = envelope["list"].rpartition(".")[0]
    scoped = [f"{above}.{name}" if above else name for name in _NEXT] + list(_NEXT)
    following = next((p for p in scoped if isinstance(paths.get(p), str) and paths[p]), None)
    linked = next((p for p in _LINK if str(paths.get(p) or "").startswith(("http", "/"))), None)
    since = _since(asked)
    extra = {"since": since} if since else {}
    if asked.link or linked:
        size = _size(asked, ("_size", "limit", "per_page", "pageSize"))
        return {
            "style": "link",
            **({"next": linked} if linked else {}),
            "size": size,
            **extra,
        }, bool(since)
    if following and since is None:
        return {"style": "cursor", "next": following, "size": _size(asked, ("limit", "size"))}, True
    for page, size in _PAGES:
        first = _first(asked, page, size)
        if first is not None:
            return {"style": "page", "page": page, "size": size, "first": first, **extra}, bool(
                since
            )
    for offset, size in _OFFSETS:
        one, two = (asked.rows({offset: at, size: str(_FEW)}) for at in ("0", str(_FEW)))
        if len(one) == _FEW and one != two:
            return {"style": "offset", "offset": offset, "size": size, **extra}, bool(since)
    return {"style": "link", **extra}, bool(since)  # one answer holds all


def _first(asked: _Asked, page: str, size: str) -> int | None:
    """The number of the first page, if that is how it pages."""
    zero, one, two = (asked.rows({page: at, size: str(_FEW)}) for at in ("0", "1", "2"))
    if len(one) != _FEW or one == two:
        return None
    return 0 if zero and zero not in (one, []) and len(zero) == _FEW else 1


def _size(asked: _Asked, names: tuple[str, ...]) -> str:
    return next((n for n in names if len(asked.rows({n: str(_FEW)})) == _FEW), names[0])


def _since(asked: _Asked) -> str | None:
    """The parameter that filters on the time of change: with a far day nothing must be left."""
    for name in _SINCE:
        try:
            if dig(asked.body({name: _FAR}), asked.place) == []:
                return name
        except (SourceError, KeyError, ValueError):
            continue
    return None


def _table(rows: list[Any]) -> pa.Table:
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = [cells.text_of_values([row.get(name) for row in rows]) for name in names]
    return pa.table(columns, names=names)
