"""Nights that did not reach publication: they are resumed, never taken back.

    begin(home, run) ── a night writes conformed, identity, warehouse ──> finish(home): published
           └ killed or failed between: unfinished(home) -> no event tick, and the night runs again

Derived tables that are ahead of the lake's last snapshot are not restored to it, although
`Lake.recover` could. Each settles its own input in one commit (a batch number, a fingerprint), so
the next night does what is left and ends in the same tables as an undisturbed one; and nobody sees
them before that: PostgreSQL is written in one transaction at the end, readers of open files go by
the snapshot, whose versions are kept. To restore would do work twice, lose what a steward released
by hand between two nights, and after a kill in the first load lose everything. What must not happen
is that an event tick publishes half a night; this mark says so. Needs no secrets.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from foundation.clock import utc_now
from foundation.errors import HubError
from foundation.home import Home, write_private

ATTEMPTS = 3  # at once; then one in PAUSE, for what is down may be down for long
PAUSE = timedelta(hours=1)


@dataclass(frozen=True)
class Unfinished:
    """A night that began and has not been published: its last run, and how many runs tried.

    since, tried_at: when it began, and its last run. as_of: its business date if it was given one,
    else empty.
    """

    run_id: str
    since: str
    tried_at: str
    attempts: int
    as_of: str = ""

    @property
    def may_resume(self) -> bool:
        """Whether it is worth trying again by itself."""
        rested = utc_now() - datetime.fromisoformat(self.tried_at) > PAUSE
        return self.attempts < ATTEMPTS or rested


def begin(home: Home, run_id: str, as_of: str = "") -> None:
    """A run begins to write a night; the same run says it once for each of its steps."""
    before = unfinished(home)
    if before and before.run_id == run_id:
        return
    now = utc_now().isoformat(timespec="seconds")
    attempts = before.attempts + 1 if before else 1
    mark = Unfinished(run_id, before.since if before else now, now, attempts, as_of)
    write_private(_mark(home), json.dumps(asdict(mark)))


def finish(home: Home) -> None:
    """The night is published."""
    _mark(home).unlink(missing_ok=True)


def unfinished(home: Home) -> Unfinished | None:
    """The night that waits to be resumed, or is running now."""
    try:
        return Unfinished(**json.loads(_mark(home).read_text()))
    except FileNotFoundError:
        return None


def refuse_half_a_night(home: Home) -> None:
    """Raise HubError if events would publish half a night."""
    night = unfinished(home)
    if night:
        raise HubError(
            "hub sync --events",
            f"the night that began at {night.since} was not published",
            "nothing was pulled or published; readers see the night before it",
            "run `hub sync`, which does what is left of it",
        )


def _mark(home: Home) -> Path:
    return home.runs / "unfinished"
