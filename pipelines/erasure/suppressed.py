"""Who was erased, as keyed hashes: what stops a department from bringing a person back.

    numbers, register ids, records, name with telephone -> HMAC-SHA256 -> erasure/suppressed.json

An id number can be guessed through, so no plain hash will do: the key is HUB_SUPPRESSION_KEY, else
one generated in .secrets/suppression_key, never in hub.toml. After an exchange the older keys stay
beside it as .secrets/suppression_key.<id>, since what they hashed is not kept. Without a key that
an entry needs nothing is pulled: an erased person must not come back unnoticed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from foundation.engine import register
from foundation.errors import ConfigError
from foundation.home import Home, write_private

VARIABLE, SECRET = "HUB_SUPPRESSION_KEY", "suppression_key"
KINDS = ("number", "person_no", "record", "name_phone", "phone")
_BLOCK = 64  # bytes, of SHA-256


@dataclass(frozen=True, order=True)
class Entry:
    """One identifier that is never taken in again: under which key, of which of KINDS, its hash."""

    key_id: str
    kind: str
    digest: str


@dataclass(frozen=True)
class Suppressed:
    """The list and the keys that it needs, by id."""

    entries: frozenset[Entry]
    keys: dict[str, bytes]

    def __bool__(self) -> bool:
        return bool(self.entries)

    def with_said(self, said: Iterable[tuple[str, str]]) -> Suppressed:
        """The list with these identifiers (kind, text) more, under the newest key."""
        key_id, key = next(iter(self.keys.items()))
        more = {Entry(key_id, kind, digest(key, text)) for kind, text in said}
        return Suppressed(self.entries | more, self.keys)

    def attach(self, con: duckdb.DuckDBPyConnection) -> None:
        """Make the temporary tables `suppressed` (key_id, kind, digest) and `suppression_key`."""
        needed = {entry.key_id for entry in self.entries}
        pads = [(i, *_pads(key)) for i, key in self.keys.items() if i in needed]
        names = ("key_id", "inner_pad", "outer_pad")
        columns = [list(column) for column in zip(*pads, strict=True)] or [[], [], []]
        types = (pa.string(), pa.binary(), pa.binary())
        keys = [pa.array(c, kind) for c, kind in zip(columns, types, strict=True)]
        register(con, "suppression_key", pa.table(keys, names=list(names)))
        rows = [vars(entry) for entry in sorted(self.entries)]
        schema = pa.schema([(name, pa.string()) for name in ("key_id", "kind", "digest")])
        register(con, "suppressed", pa.Table.from_pylist(rows, schema=schema))


def digest(key: bytes, text: str) -> str:
    """HMAC-SHA256, 64 hex digits."""
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def suppressed(home: Home) -> Suppressed:
    """The home's list; where nobody was erased that costs a look for a file. Raises ConfigError if
    a key is missing."""
    path = _path(home)
    if not path.exists():
        return Suppressed(frozenset(), {})
    return _with_keys(home, frozenset(Entry(*row) for row in json.loads(path.read_text())))


def prepared(home: Home) -> Suppressed:
    """The list with the newest key first, which is made at first use."""
    path = _path(home)
    rows = json.loads(path.read_text()) if path.exists() else []
    return _with_keys(home, frozenset(Entry(*row) for row in rows))


def keep(home: Home, now: Suppressed) -> None:
    """Write the list, whole or not at all."""
    rows = [[e.key_id, e.kind, e.digest] for e in sorted(now.entries)]
    write_private(home.erasure / "suppressed.json", json.dumps(rows, indent=0))


def exchange_key(home: Home) -> str:
    """Let a new key take the place of the generated one, which stays for what it hashed; returns
    the new one's id. Killed in between, the old key is there twice."""
    if os.environ.get(VARIABLE):
        raise ConfigError(
            VARIABLE, "the key comes from the environment", "the key is as before",
            f"write the present one into .secrets/{SECRET}.old, then set the variable anew",
        )  # fmt: skip
    old = home.secret(SECRET)
    write_private(home.secrets / f"{SECRET}.{_id(old.encode())}", old)
    (home.secrets / SECRET).unlink()
    return _id(home.secret(SECRET).encode())


def _with_keys(home: Home, entries: frozenset[Entry]) -> Suppressed:
    keys = {_id(key): key for key in _keys(home)}
    if missing := {entry.key_id for entry in entries} - keys.keys():
        raise ConfigError(
            f".secrets/{SECRET}",
            f"the list of erased people needs the key {', '.join(sorted(missing))}",
            "nothing was pulled: who was erased would come back",
            f"set {VARIABLE}, or put the key back as .secrets/{SECRET}.old",
        )
    return Suppressed(entries, keys)


def _keys(home: Home) -> Iterator[bytes]:
    """The present key first."""
    given = os.environ.get(VARIABLE)
    yield (given or home.secret(SECRET)).encode()
    for path in sorted(home.secrets.glob(f"{SECRET}*")):
        yield path.read_text(encoding="utf-8").strip().encode()


def _id(key: bytes) -> str:
    return hashlib.sha256(b"suppression key " + key).hexdigest()[:12]


def _pads(key: bytes) -> tuple[bytes, bytes]:
    """The two blocks of HMAC's definition (RFC 2104), for DuckDB, which has SHA-256 only."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)


def _path(home: Home) -> Path:
    return home.path / "erasure" / "suppressed.json"
