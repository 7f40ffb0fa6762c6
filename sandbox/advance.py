"""The next day becomes true: only what it changes moves.

    COUNTY/days/<next> ── advance ──► databases (a transaction each) · pages · DROP/ ──► state.json

Works on a county that is served, and on one that is not: its databases catch up when it is.
Secrets: STATE/secrets/. Alone: ``python -m sandbox.advance DIR STATE``.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from foundation.errors import HubError
from sandbox.county import County
from sandbox.delivery import Delivery
from sandbox.faults import Faults
from sandbox.serve import is_served, refresh_pages, sweep_pages
from sandbox.state import State
from sandbox.transports import drop as file_drop
from sandbox.transports.exchanges import bring_all


def advance(folder: str | Path, state: str | Path, faults: Faults | None = None) -> date:
    """Make the next day true and return it. ``faults`` replaces those that are on, if given.

    Killed half-way and run again, it ends the same: state.json, written last, decides.
    Raises HubError when the county has no further day.
    """
    kept = State.load(state)
    county = County(folder)
    kept.check_county(county.folder)
    with kept.lock():
        kept = State.load(state)
        kept.today = _next(county, kept.day).isoformat()
        if faults is not None:
            kept.faults = faults.texts()
        if is_served(kept):
            bring_all(kept)
        refresh_pages(kept)
        file_drop.deliver(Delivery.of_state(kept), kept.day, Path(kept.drop))
        kept.save()
        sweep_pages(kept)
    return kept.day


def _next(county: County, today: date) -> date:
    day = county.next_day(today)
    if day is None:
        raise HubError(
            str(county.folder),
            f"the county has no day after {today}",
            "nothing was changed",
            "build a county with more days, or serve it from a new --state folder to begin again",
        )
    return day


if __name__ == "__main__":
    print(advance(sys.argv[1], sys.argv[2]))
