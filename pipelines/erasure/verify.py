"""Whether an erasure still holds: every place searched anew, and the certificate's seal.

    resident id or certificate -> search (surrogates, keyed hashes), check (seal) -> Verified

Secrets: the suppression key, the warehouse's url.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.erasure.certificate import certificate_of, check
from pipelines.erasure.search import search
from pipelines.erasure.suppressed import suppressed
from pipelines.hub import Hub


@dataclass(frozen=True)
class Verified:
    """What was found, by place, also places without; faults of the certificate."""

    places: Mapping[str, int]
    faults: tuple[str, ...]


def verify(hub: Hub, named: str) -> Verified:
    """Search every place for the residents of a certificate and for everybody on the list.

    named: a resident id or a certificate's file. Raises ConfigError if there is no certificate.
    """
    said, url = certificate_of(hub.home, named), hub.warehouse_url()
    places = search(hub, suppressed(hub.home), said["residents"], url)
    return Verified(places, tuple(check(said, url)))
