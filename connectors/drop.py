"""A folder into which a department drops files: which are complete, and which are new.

    listing + .ok manifests -> Delivery, ... -> pending(taken) -> local copy, checksum verified

Local path, sftp://user@host/path, s3://bucket/path. Secrets: password (SFTP), secret (S3).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import fsspec
from fsspec.implementations.local import LocalFileSystem

from connectors.base import NOTHING_TAKEN
from foundation.clock import business_date
from foundation.errors import SourceDenied, SourceError, SourceInvalid, SourceUnreachable

FORMATS = ("csv", "xlsx", "jsonl", "parquet")
TIMEOUT_S = 20
DENIED = ("AuthenticationException", "BadHostKeyException", "NoCredentialsError")
FAR_AHEAD_DAYS = 366
S3_TRIES = {"mode": "standard", "max_attempts": 3}
SHORT = 16  # hex digits of a checksum that a cursor keeps


@dataclass(frozen=True, order=True)
class Delivery:
    """One complete file. Sorts in the order of delivery: day, number of that day, name."""

    day: str
    number: int
    name: str
    rows: int = field(compare=False)
    sha256: str = field(compare=False)

    @property
    def format(self) -> str:
        """csv, xlsx, jsonl or parquet."""
        return self.name.rpartition(".")[2].lower()

    @property
    def mark(self) -> str:
        """The short checksum that a cursor keeps."""
        return self.sha256[:SHORT]


@dataclass(frozen=True)
class Drop:
    """A drop folder, open."""

    where: str
    fs: Any
    path: str

    def complete(self, feed: str, formats: tuple[str, ...]) -> list[Delivery]:
        """The feed's files that have their `.ok`, in order of delivery. Raises SourceInvalid for a
        bad manifest.
        """
        pattern = re.compile(
            rf"{re.escape(feed)}_(\d{{8}})(?:_(\d{{1,4}}))?\.({'|'.join(formats)})", re.IGNORECASE
        )
        with speaking(self.where):
            names = {
                str(path).rstrip("/").rpartition("/")[2]
                for path in self.fs.ls(self.path, detail=False)
            }
        found = [
            match for name in names if f"{name}.ok" in names and (match := pattern.fullmatch(name))
        ]
        deliveries = (self._delivery(match) for match in found)
        return sorted(delivery for delivery in deliveries if delivery is not None)

    def _delivery(self, match: re.Match[str]) -> Delivery | None:
        name = match[0]
        with speaking(self.where):
            text = self.fs.cat_file(f"{self.path}/{name}.ok").decode("utf-8-sig", "replace")
        if not text.strip():
            return None  # still being written
        values = dict(
            line.replace(" ", "").split("=", 1) for line in text.splitlines() if "=" in line
        )
        sha = values.get("sha256", "").lower()
        if not values.get("rows", "").isdecimal() or not re.fullmatch(r"[0-9a-f]{64}", sha):
            what = f"{name}.ok does not say rows=N and sha256=..."
            raise SourceInvalid(
                self.where, what, NOTHING_TAKEN, "ask the department to write the manifest again"
            )
        return Delivery(match[1], int(match[2] or 0), name, int(values["rows"]), sha)

    def fetch(self, delivery: Delivery, folder: Path) -> Path:
        """The file at a local path (a copy in `folder`, unless it is local already). Raises
        SourceInvalid.
        """
        remote = f"{self.path}/{delivery.name}"
        local = Path(remote) if isinstance(self.fs, LocalFileSystem) else folder / "delivery"
        with speaking(self.where):
            if local != Path(remote):
                self.fs.get_file(remote, str(local))
            with local.open("rb") as file:
                sha = hashlib.file_digest(file, "sha256").hexdigest()
        if sha != delivery.sha256:
            what = f"{delivery.name} does not have the checksum of its manifest"
            raise SourceInvalid(
                self.where, what, NOTHING_TAKEN, "ask the department to deliver it again"
            )
        return local


@contextmanager
def opened(where: str, url: str, options: Mapping[str, Any]) -> Iterator[Drop]:
    """Open a drop folder; options as listed in `connectors.files`."""
    with speaking(where):
        fs, path = fsspec.core.url_to_fs(url, skip_instance_cache=True, **_storage(url, options))
    try:
        yield Drop(where, fs, path.rstrip("/") or "/")
    finally:
        client = getattr(fs, "client", None)
        if client is not None and hasattr(client, "close"):
            client.close()


def pending(deliveries: list[Delivery], taken: Mapping[str, str], snapshot: bool) -> list[Delivery]:
    """What to take now. taken: short checksum of each file taken, of a snapshot only the last.

    A snapshot is the last one, unless it is what was taken last (by checksum: A, B, A are three
    states). Of increments each file once, and none that came before under another name.
    """
    if snapshot:
        last = deliveries[-1:]
        return [one for one in last if one.mark not in taken.values() and not _older(one, taken)]
    new: list[Delivery] = []
    marks = set(taken.values())
    for one in deliveries:
        if one.mark not in marks:
            new.append(one)
            marks.add(one.mark)
    return new


def _older(one: Delivery, taken: Mapping[str, str]) -> bool:
    """Whether a later snapshot was taken already, and has been removed since.

    One that was dated far ahead by mistake does not count: it would hide all that follow.
    """
    later = [_order(name) for name in taken if _order(name) > _order(one.name)]
    return any(not is_far_ahead(day) for day, _ in later)


def is_far_ahead(day: str) -> bool:
    """Whether a file's day (YYYYMMDD) is more than a year ahead: a slip of whoever named it."""
    return day > (business_date() + timedelta(days=FAR_AHEAD_DAYS)).strftime("%Y%m%d")


def _order(name: str) -> tuple[str, int]:
    match = re.search(r"_(\d{8})(?:_(\d{1,4}))?\.\w+$", name)
    return (match[1], int(match[2] or 0)) if match else ("", 0)


@contextmanager
def speaking(where: str) -> Iterator[None]:
    """Turn whatever a file system raises into a SourceError; its own text may hold paths and user
    names.
    """
    try:
        yield
    except SourceError:
        raise
    except ImportError as error:
        what = f"reading this address needs the package {error.name}"
        raise SourceUnreachable(where, what, NOTHING_TAKEN, "install it", retryable=False) from None
    except Exception as error:  # paramiko, botocore and fsspec share no base class
        raise _fault(where, error) from None


def _fault(where: str, error: Exception) -> SourceError:
    name = type(error).__name__
    if isinstance(error, FileNotFoundError):
        what = "the drop folder, or a file in it, is not there"
        return SourceUnreachable(
            where, what, NOTHING_TAKEN, "check url, and whether the folder is mounted"
        )
    if name == "HostKeyError":
        return SourceDenied(
            where, str(error), NOTHING_TAKEN, "compare it with the department's, then set host_key"
        )
    if isinstance(error, PermissionError) or name in DENIED:
        what = f"the file server refuses us ({name})"
        return SourceDenied(
            where,
            what,
            NOTHING_TAKEN,
            "check user, password or key, and the right to read the folder",
        )
    what = f"the file server does not answer ({name})"
    return SourceUnreachable(
        where, what, NOTHING_TAKEN, "check url and the network; it is tried again by itself"
    )


def _storage(url: str, options: Mapping[str, Any]) -> dict[str, Any]:
    scheme = urlsplit(url).scheme if "://" in url else "file"
    if scheme in ("sftp", "ssh"):
        return _sftp(url, options)
    if scheme == "s3":
        names = {
            "key": "key",
            "secret": "secret",
            "endpoint_url": "endpoint_url",
            "anonymous": "anon",
        }
        given = {ours: options[name] for name, ours in names.items() if name in options}
        patience = {"connect_timeout": TIMEOUT_S, "read_timeout": 60, "retries": S3_TRIES}
        caches = {"use_listings_cache": False, "default_cache_type": "none"}
        return {**given, **caches, "config_kwargs": patience}
    return {}


def _sftp(url: str, options: Mapping[str, Any]) -> dict[str, Any]:
    timeouts = dict.fromkeys(("timeout", "banner_timeout", "auth_timeout"), TIMEOUT_S)
    given = {
        name: options[name]
        for name in ("password", "key_filename", "passphrase")
        if options.get(name)
    }
    policy = _host_keys(urlsplit(url).hostname or "", options.get("host_key"))
    alone = {"allow_agent": False, "look_for_keys": False} if given else {}
    return {**timeouts, **given, **alone, "host_key_policy": policy}


class HostKeyError(Exception):
    """The server's host key is not the one that is set."""


def _host_keys(host: str, expected: str | None) -> Any:
    """The server must have the key that is set (`SHA256:...`); without one only this machine is
    trusted.
    """
    import paramiko  # heavy, and only for SFTP

    class Known(paramiko.MissingHostKeyPolicy):
        def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:
            digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
            if expected is None and host in ("localhost", "127.0.0.1", "::1"):
                return
            if f"SHA256:{digest}" != expected:
                raise HostKeyError(
                    f"the server's host key is SHA256:{digest}, which is not the one that is set"
                )

    return Known()
