"""What can go wrong on the way from a department, switched on by name.

    --fault KIND[@DEPARTMENT[.FEED]][=VALUE] -> Fault -> Faults -> transports, each at its own place

Every fault is deterministic: it counts requests or hashes keys. Needs no secrets.
Alone, in Python: ``Faults.parse(["http_5xx@emergency=3"])``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from foundation.errors import ConfigError

#: Kind -> (value when none is given, what it does). A number n means: every n-th.
KINDS: dict[str, tuple[str, str]] = {
    "http_5xx": ("3", "every n-th request is answered 503"),
    "timeout": ("3", "every n-th request is never answered"),
    "duplicate_page": (
        "2",
        "every n-th page after the first repeats the page before it; a file comes twice",
    ),
    "sliding_page": (
        "2",
        "every n-th page after the first begins a row late, as if a row before it had moved",
    ),
    "expired_token": ("3", "a token is good for n requests"),
    "rate_limit": ("4", "every n-th request is answered 429, Retry-After 1"),
    "cursor_expired": (
        "1",
        "a cursor given out before the last advance or restart is answered 410",
    ),
    "late_rows": ("5", "of each day's rows, one key in n comes a day late"),
    "cut_snapshot": (
        "0.5",
        "a snapshot file holds only this share of its rows, and says so in its .ok",
    ),
    "changed_column": ("renamed", "the first plain column is added, missing, retyped or renamed"),
    "database_down": ("1", "the address that is handed out refuses connections"),
    "wrong_secret": ("1", "the secret that is handed out is wrong"),
}
COLUMN_CHANGES = ("added", "missing", "retyped", "renamed")


@dataclass(frozen=True)
class Fault:
    """One fault: its kind, its value, and where: department, department.feed or "" (all)."""

    kind: str
    where: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read ``KIND[@WHERE][=VALUE]``. Raises ConfigError with the kinds there are."""
        head, _, value = text.partition("=")
        kind, _, where = head.partition("@")
        if kind not in KINDS:
            raise _refused(text, "there is no such fault; there are " + ", ".join(KINDS))
        fault = cls(kind, where, value or KINDS[kind][0])
        fault._check(text)
        return fault

    def _check(self, text: str) -> None:
        if self.kind == "changed_column":
            if self.value not in COLUMN_CHANGES:
                raise _refused(text, "its value is one of " + ", ".join(COLUMN_CHANGES))
            return
        try:
            valid = (
                0 < float(self.value) < 1 if self.kind == "cut_snapshot" else int(self.value) >= 1
            )
        except ValueError:
            valid = False
        if not valid:
            raise _refused(text, "its value is a share between 0 and 1, or a whole number from 1")

    def strikes(self, place: str) -> bool:
        """Whether it strikes at ``place``, a department or department.feed."""
        return self.where in ("", place) or place.startswith(self.where + ".")

    @property
    def every(self) -> int:
        """The value, where it is a number of requests, pages or keys."""
        return int(self.value)

    def __str__(self) -> str:
        return self.kind + (f"@{self.where}" if self.where else "") + f"={self.value}"


@dataclass(frozen=True)
class Faults:
    """All faults that are on. Iterates over them; an empty one is an honest county."""

    items: tuple[Fault, ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Faults:
        """Read the values of ``--fault``."""
        return cls(tuple(Fault.parse(text) for text in texts))

    def at(self, kind: str, place: str) -> Fault | None:
        """The nearest fault of this kind at ``place``, department or department.feed; or None."""
        found = [fault for fault in self.items if fault.kind == kind and fault.strikes(place)]
        return max(found, key=lambda fault: len(fault.where), default=None)

    def texts(self) -> list[str]:
        """As given on the command line, to be stored and parsed again."""
        return [str(fault) for fault in self.items]


NO_FAULTS = Faults()


def _refused(text: str, why: str) -> ConfigError:
    return ConfigError(
        f"--fault {text}", why, "nothing was served", "write it as KIND[@DEPARTMENT[.FEED]][=VALUE]"
    )
