"""What an erasure is about to do, so that one that was killed is done to its end.

    audit entry -> begin(home) -> every place -> certificate -> end(home)

The journal names residents by their surrogates, keyed hashes and, until it is ended, the register's
ids. It is written after the audit log and before
anything is deleted; every writer finishes it first, so nothing is published in between. Needs no
secrets.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from foundation.home import Home, write_private

_FILE = "pending.json"


@dataclass(frozen=True)
class Order:
    """Who is to be erased by whose word. ids: the asked one first, then those merged into it."""

    ids: tuple[str, ...]
    order: str
    reason: str
    by: str


@dataclass(frozen=True)
class Journal:
    """An erasure that began.

    audit_seq: its first entry in the audit log. before: what was found, by place. identifiers: how
    many of each kind. entries: of the list of the erased. person_nos: the register's ids of the
    person, which previews show.
    """

    order: Order
    audit_seq: int
    begun_at: str
    before: dict[str, int]
    identifiers: dict[str, int]
    entries: tuple[tuple[str, str, str], ...] = ()
    person_nos: tuple[str, ...] = ()

    def write(self, home: Home) -> None:
        """From here on the erasure is done to its end, whatever happens."""
        write_private(home.erasure / _FILE, json.dumps(asdict(self), ensure_ascii=False, indent=1))


def pending(home: Home) -> Journal | None:
    """The erasure that waits to be done to its end."""
    try:
        said: dict[str, Any] = json.loads(_path(home).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    order = said.pop("order")
    return Journal(Order(**order | {"ids": tuple(order["ids"])}), **said)


def end(home: Home) -> None:
    """The certificate is written."""
    _path(home).unlink(missing_ok=True)


def _path(home: Home) -> Path:
    return home.path / "erasure" / _FILE
