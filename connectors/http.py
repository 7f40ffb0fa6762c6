"""One request to a REST source, checked: retries, credentials, status, JSON, envelope.

    Client.get(params) -> requests + urllib3 Retry -> Answer(rows, total, body, link, now)
                                                   └ foresee: the next request, sent meanwhile

429, 5xx and timeouts are tried again with backoff and jitter, Retry-After honoured, both bounded. A
body cut short is asked for again. No answer's text gets into an error. Secrets: those of `auth`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from connectors.auth import Auth
from connectors.base import NOTHING_TAKEN
from connectors.cells import SHANGHAI
from connectors.foreseen import Foreseen
from connectors.json_columns import Columns, Glimpse
from connectors.json_rows import Decoder
from connectors.paging import Envelope, dig
from foundation.errors import (
    SourceChanged,
    SourceDenied,
    SourceError,
    SourceInvalid,
    SourceUnreachable,
)

RETRY_AFTER_MAX_S = 120
BACKOFF_MAX_S = 30.0
TRY_AGAIN = (429, 500, 502, 503, 504)
BODY_TRIES = 3
BODY_PIECE = 1 << 20
Request = tuple[dict[str, str], str]  # the query and the address without it
Received = tuple[requests.Response, bytes]


class ExpiredError(Exception):
    """410: the cursor that we asked with is no longer known to the source."""


@dataclass(frozen=True)
class Answer:
    """One page. rows as delivered; total over all pages, if told; link: address of the next page,
    if told.

    now: the server's clock as YYYY-MM-DD HH:MM:SS in Asia/Shanghai, if told.
    """

    rows: Sequence[Any]
    total: int | None
    body: Any
    link: str | None
    now: str | None


# What a page will be followed by, as far as the answer with nothing but its last row tells, and
# about how many rows it has.
Foresee = Callable[[Answer, int], Request | None]


@dataclass
class Client:
    """A session with one endpoint, to be closed. pages: how its answers are decoded."""

    where: str
    url: str
    envelope: Envelope
    session: requests.Session
    auth: Auth
    pages: Decoder
    timeout_s: float = 30.0
    _foreseen: Foreseen[Request, Received] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._foreseen = Foreseen(self._send)

    def close(self) -> None:
        """Wait for a request that is under way, and end the session."""
        self._foreseen.close()
        self.session.close()

    def get(
        self, params: dict[str, str], url: str | None = None, foresee: Foresee | None = None
    ) -> Answer:
        """Ask for one page; what it will be followed by is asked for while the page is decoded.

        Raises ExpiredError for 410, SourceError for whatever else is wrong.
        """
        for attempt in range(1, BODY_TRIES + 1):
            try:
                response, content = self._foreseen.answer((params, url or self.url))
                look = None if foresee is None else partial(self._ahead, response, foresee)
                return self._answer(response, self.pages.decode(content, look))
            except (
                ValueError,
                requests.exceptions.ChunkedEncodingError,
                requests.exceptions.ContentDecodingError,
            ):
                time.sleep(random.uniform(0, 0.2 * attempt))
        what = f"the answer is not whole JSON, {BODY_TRIES} times in a row"
        raise SourceInvalid(
            self.where, what, NOTHING_TAKEN, "the next run tries again by itself", retryable=True
        )

    def _ahead(self, response: requests.Response, foresee: Foresee, seen: Glimpse) -> None:
        """Send what follows, if the glimpse tells it; what is wrong with the answer is told when it
        is read.
        """
        with suppress(SourceError):
            following = foresee(self._answer(response, seen.body), seen.count)
            if following is not None:
                self._foreseen.start(following)

    def _send(self, request: Request) -> Received:
        for again in (True, False):
            response, content = self._request(*request)
            if response.status_code != 401 or not again or not self.auth.refused(response):
                break
        if response.status_code != 200:
            raise self._refusal(response.status_code)
        return response, content

    def _request(self, params: dict[str, str], url: str) -> Received:
        try:
            response = self.session.get(
                url,
                params=sorted(params.items()),
                auth=self.auth,
                timeout=self.timeout_s,
                allow_redirects=False,
                stream=True,  # or its body would come in pieces of 10 kB
            )
            return response, b"".join(response.iter_content(BODY_PIECE))
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
            raise
        except requests.exceptions.SSLError:
            remedy = "set ca_bundle to the department's certificate authority"
            what = "the server's certificate is not trusted"
            raise SourceUnreachable(
                self.where, what, NOTHING_TAKEN, remedy, retryable=False
            ) from None
        except requests.RequestException as error:
            what = f"the server does not answer ({type(error).__name__})"
            raise SourceUnreachable(
                self.where,
                what,
                NOTHING_TAKEN,
                "check base_url and the network; the next run tries again by itself",
            ) from None

    def _refusal(self, status: int) -> SourceError | ExpiredError:
        what = f"the server answers HTTP {status}"
        if status == 410:
            return ExpiredError()
        if status in (401, 403):
            return SourceDenied(
                self.where,
                what,
                NOTHING_TAKEN,
                "check the key or client, its secret and its rights",
            )
        if status in TRY_AGAIN or status >= 500:
            return SourceUnreachable(
                self.where, what, NOTHING_TAKEN, "the next run tries again by itself"
            )
        if status == 404 or 300 <= status < 400:
            return SourceChanged(
                self.where, what, NOTHING_TAKEN, "check base_url and path with the department"
            )
        return SourceInvalid(
            self.where, what, NOTHING_TAKEN, "check paging and its parameter names in hub.toml"
        )

    def _answer(self, response: requests.Response, body: Any) -> Answer:
        shape = self.envelope
        try:
            if shape.code is not None and str(dig(body, shape.code)) not in shape.ok:
                raise SourceInvalid(
                    self.where,
                    "the answer's code says that the request failed",
                    NOTHING_TAKEN,
                    "ask the department; the next run tries again by itself",
                    retryable=True,
                )
            rows = dig(body, shape.list)
            total = None if shape.total is None else int(dig(body, shape.total))
        except (KeyError, TypeError, ValueError):
            raise self._misshapen() from None
        if not isinstance(rows, (list, Columns)):
            raise self._misshapen()
        return Answer(rows, total, body, response.links.get("next", {}).get("url"), _now(response))

    def _misshapen(self) -> SourceChanged:
        parts = [
            path for path in (self.envelope.code, self.envelope.total, self.envelope.list) if path
        ]
        what = f"the answer does not have the shape {', '.join(parts) or 'of a list'}"
        return SourceChanged(
            self.where, what, NOTHING_TAKEN, "correct envelope in hub.toml, or ask the department"
        )


def session(retries: int, ca_bundle: str | None) -> requests.Session:
    """A session that tries again by itself. It uses no proxy or .netrc of the environment."""
    retry = Retry(
        total=retries,
        backoff_factor=0.5,
        backoff_max=BACKOFF_MAX_S,
        backoff_jitter=0.5,
        status_forcelist=TRY_AGAIN,
        allowed_methods={"GET", "POST"},  # the only POST is for a token
        raise_on_status=False,
        retry_after_max=RETRY_AFTER_MAX_S,
    )
    made = requests.Session()
    made.trust_env = False
    made.verify = ca_bundle or True
    made.mount("http://", HTTPAdapter(max_retries=retry))
    made.mount("https://", HTTPAdapter(max_retries=retry))
    return made


def _now(response: requests.Response) -> str | None:
    try:
        moment = parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError):
        return None
    return (
        moment.astimezone(SHANGHAI).replace(tzinfo=None).isoformat(" ")
        if moment.tzinfo in (UTC,)
        else None
    )
