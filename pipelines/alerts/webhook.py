"""One alert as one signed POST, tried a few times.

    alert -> JSON -> HMAC-SHA256 over time and body -> POST with Idempotency-Key -> Outcome

The receiver drops a key that it has seen: a run killed after sending, before noting it, sends the
alert again. Secrets: [alerts] secret of hub.toml, which signs and is never sent.
"""

import hashlib
import hmac
import ipaddress
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from foundation.clock import utc_now
from foundation.config import Alerts, Secret
from foundation.errors import ConfigError

_TIMEOUT_S = (5, 20)  # to connect, to answer
_FIRST_PAUSE_S = 0.5
_AGAIN = {408, 425, 429}


@dataclass(frozen=True)
class Outcome:
    """What came of an alert: told, or why not, and whether another night may help."""

    told: bool
    reason: str = ""
    is_final: bool = False


class Webhook:
    """The receiver of [alerts]; keeps its connection. Raises ConfigError for an unsafe address."""

    def __init__(self, alerts: Alerts) -> None:
        self._url = alerts.url.reveal() if isinstance(alerts.url, Secret) else alerts.url or ""
        self._secret = alerts.secret.reveal().encode() if alerts.secret else b""
        self._tries = alerts.tries
        _check(self._url)
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy and no .netrc of this account

    def tell(self, alert_id: str, payload: Mapping[str, Any]) -> Outcome:
        """Send; what passes on the receiver's side is tried again, after a pause that doubles."""
        body = json.dumps(payload, ensure_ascii=False, sort_keys=True).encode()
        outcome = Outcome(False)
        for number in range(self._tries):
            if number:
                time.sleep(_FIRST_PAUSE_S * 2 ** (number - 1))
            outcome = self._post(alert_id, body)
            if outcome.told or outcome.is_final:
                break
        return outcome

    def close(self) -> None:
        """Give the connection back."""
        self._session.close()

    def _post(self, alert_id: str, body: bytes) -> Outcome:
        moment = str(int(utc_now().timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": alert_id,
            "X-Hub-Timestamp": moment,
            "X-Hub-Signature": f"sha256={signature(self._secret, moment, body)}",
        }
        try:
            answer = self._session.post(
                self._url, data=body, headers=headers, timeout=_TIMEOUT_S, allow_redirects=False
            )
        except requests.RequestException as error:
            return Outcome(False, type(error).__name__)
        status = answer.status_code
        if 200 <= status < 300:
            return Outcome(True)
        return Outcome(False, f"HTTP {status}", status < 500 and status not in _AGAIN)


def signature(secret: bytes, moment: str, body: bytes) -> str:
    """HMAC-SHA256, in hex, of the time (seconds since 1970), a full stop and the body."""
    return hmac.new(secret, moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return
    raise ConfigError(
        "hub.toml [alerts]",
        "url is neither https nor a loopback address",
        "no alert was sent",
        'write url = "https://..."',
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
