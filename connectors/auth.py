"""How a REST source knows us: nothing, an API key, a bearer token, OAuth2 client credentials, or
signed requests.

    options["auth"] -> from_options -> requests' AuthBase -> headers of every request
                                       refused(response) -> True: try once more

Options: kind = none | api_key (api_key, header) | bearer (token) | oauth2 (client_id,
client_secret, token_path or token_url, scope) | hmac (key_id, secret). Secrets: api_key, token,
client_secret, secret. They are kept out of reprs.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import requests
from requests.auth import AuthBase

from connectors.base import NOTHING_TAKEN
from foundation.errors import ConfigError, SourceDenied, SourceInvalid, SourceUnreachable

EXPIRY_MARGIN_S = 30  # a token is renewed this long before its end
SKEW_S = 30  # clocks that differ by less are taken to agree


class Auth(AuthBase):
    """Credentials of one session. The base class is no credentials at all."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the headers."""
        return request

    def refused(self, response: requests.Response) -> bool:
        """Take note of a 401; True if the request may succeed when it is sent once more."""
        return False


@dataclass
class ApiKey(Auth):
    """A fixed key in a header."""

    key: str = field(repr=False)
    header: str = "X-API-Key"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the key."""
        request.headers[self.header] = self.key
        return request


@dataclass
class Bearer(Auth):
    """A fixed bearer token."""

    token: str = field(repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the token."""
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


@dataclass
class Signed(Auth):
    """HMAC-SHA256 over method, path, sorted query and time, as city management defines it.

    skew_s: the server's clock less ours; learnt from the Date header of a refusal.
    """

    key_id: str
    secret: str = field(repr=False)
    skew_s: float = 0.0

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign the request."""
        url = urlsplit(str(request.url))
        query = urlencode(sorted(parse_qsl(url.query, keep_blank_values=True)))
        stamp = str(int(time.time() + self.skew_s))
        text = f"{request.method}\n{url.path}\n{query}\n{stamp}"
        request.headers["X-Key-Id"] = self.key_id
        request.headers["X-Timestamp"] = stamp
        request.headers["X-Signature"] = hmac.new(
            self.secret.encode(), text.encode(), hashlib.sha256
        ).hexdigest()
        return request

    def refused(self, response: requests.Response) -> bool:
        """Set our clock by the server's; and a signature may simply have aged while the request
        waited.
        """
        try:
            skew = parsedate_to_datetime(response.headers["Date"]).timestamp() - time.time()
        except (KeyError, ValueError):
            return True
        self.skew_s = skew if abs(skew - self.skew_s) > SKEW_S else self.skew_s
        return True


@dataclass
class ClientCredentials(Auth):
    """OAuth2 client credentials (RFC 6749, 4.4): a token is fetched when needed and renewed before
    its end.
    """

    where: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None = None
    timeout_s: float = 30.0
    session: requests.Session = field(default_factory=requests.Session, repr=False)
    _token: str | None = field(default=None, repr=False)
    _until: float = field(default=0.0, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add a token that is still good."""
        with self._lock:
            if self._token is None or time.monotonic() >= self._until:
                self._fetch()
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def refused(self, response: requests.Response) -> bool:
        """Drop the token: the server ended it early."""
        with self._lock:
            self._token = None
        return True

    def _fetch(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        if self.scope:
            form["scope"] = self.scope
        try:
            response = self.session.post(
                self.token_url, data=form, timeout=self.timeout_s, allow_redirects=False
            )
        except requests.RequestException:
            raise SourceUnreachable(
                self.where,
                "the token address does not answer",
                NOTHING_TAKEN,
                "check token_path and the network",
            ) from None
        if response.status_code in (400, 401, 403):
            raise SourceDenied(
                self.where,
                f"the token was refused (HTTP {response.status_code})",
                NOTHING_TAKEN,
                "check client_id and client_secret",
            )
        if not response.ok:
            what = f"the token address answers HTTP {response.status_code}"
            raise SourceUnreachable(
                self.where, what, NOTHING_TAKEN, "the next run tries again by itself"
            )
        self._keep(response)

    def _keep(self, response: requests.Response) -> None:
        try:
            answer = response.json()
            token, lasts = str(answer["access_token"]), float(answer.get("expires_in") or 300)
        except (ValueError, KeyError, TypeError, AttributeError):
            what = "the token address answers something else than a token"
            raise SourceInvalid(self.where, what, NOTHING_TAKEN, "check token_path") from None
        self._token = token
        self._until = time.monotonic() + max(lasts - EXPIRY_MARGIN_S, lasts / 2)


def from_options(
    options: Mapping[str, Any] | None, where: str, base_url: str, session: requests.Session
) -> Auth:
    """Credentials of `hub.toml`; raises ConfigError for an unknown kind or a missing value."""
    options = options or {}
    kind = str(options.get("kind", "none"))
    try:
        if kind == "none":
            return Auth()
        if kind == "api_key":
            return ApiKey(str(options["api_key"]), str(options.get("header", "X-API-Key")))
        if kind == "bearer":
            return Bearer(str(options["token"]))
        if kind == "hmac":
            return Signed(str(options["key_id"]), str(options["secret"]))
        if kind == "oauth2":
            url = str(
                options.get("token_url") or urljoin(base_url.rstrip("/") + "/", _relative(options))
            )
            scope = options.get("scope")
            return ClientCredentials(
                where,
                url,
                str(options["client_id"]),
                str(options["client_secret"]),
                scope,
                session=session,
            )
    except KeyError as missing:
        raise ConfigError(
            where, f"auth needs {missing.args[0]}", NOTHING_TAKEN, "add it to hub.toml"
        ) from None
    raise ConfigError(
        where,
        f"auth kind {kind} is unknown",
        NOTHING_TAKEN,
        "use none, api_key, bearer, oauth2 or hmac",
    )


def _relative(options: Mapping[str, Any]) -> str:
    return str(options.get("token_path", "/oauth/token")).lstrip("/")
