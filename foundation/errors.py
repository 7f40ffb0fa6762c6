"""What can go wrong, said so that the reader knows what to do.

    any module -> HubError(where, what, outcome, remedy) -> command line, Dagster, log

The four parts are sentences or phrases without personal values: table, feed and column names,
counts and file names are fine, cell contents are not. Secrets needed: none. Imports nothing of the
hub.
"""

from __future__ import annotations


class HubError(Exception):
    """An error of the hub.

    where: the feed, table, file or setting that it is about.
    what: what happened.
    outcome: what became of the data ("nothing was written", "yesterday's state stays").
    remedy: what the reader can do about it.
    """

    def __init__(self, where: str, what: str, outcome: str, remedy: str) -> None:
        super().__init__(where, what, outcome, remedy)
        self.where = where
        self.what = what
        self.outcome = outcome
        self.remedy = remedy

    def __str__(self) -> str:
        after = " ".join(map(_sentence, (self.outcome, self.remedy)))
        return f"{self.where}: {_stopped(self.what)} {after}"

    def as_dict(self) -> dict[str, str]:
        """The parts by name, for `--json` and for metadata."""
        return {
            "error": type(self).__name__,
            "where": self.where,
            "what": self.what,
            "outcome": self.outcome,
            "remedy": self.remedy,
        }


def _sentence(text: str) -> str:
    text = _stopped(text)
    return text[:1].upper() + text[1:]


def _stopped(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", "。")) else text + "."


class ConfigError(HubError):
    """hub.toml, an environment variable or a command line value is wrong."""


class LockedError(HubError):
    """Another process is writing to this home."""


class SourceError(HubError):
    """A department's source did not deliver. `retryable`: the same request may succeed later by
    itself."""

    retryable = False

    def __init__(
        self, where: str, what: str, outcome: str, remedy: str, *, retryable: bool | None = None
    ) -> None:
        super().__init__(where, what, outcome, remedy)
        if retryable is not None:
            self.retryable = retryable


class SourceUnreachable(SourceError):  # noqa: N818
    """No answer: refused, timed out, name not known, or the server says that it is down."""

    retryable = True


class SourceDenied(SourceError):  # noqa: N818
    """The source answered and refused our credentials, or the right to read this."""


class SourceChanged(SourceError):  # noqa: N818
    """The source no longer looks as declared: columns, shape, or a snapshot that shrank too far."""


class SourceInvalid(SourceError):  # noqa: N818
    """The source delivered something that cannot be read: damaged file, wrong checksum, broken
    JSON."""


class LakeError(HubError):
    """A lake table could not be read or written."""


class WarehouseError(HubError):
    """The serving PostgreSQL could not be started, reached or written."""
