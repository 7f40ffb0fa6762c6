"""What each pull brings, noted before it is committed: a night counts it once, whenever killed.

    pull: counts -> a note beside the lake -> rows to raw, one commit
    the step's end: notes whose commit is there -> hub.feed_status, hub.feed_night (history.py)

A run that comes after a killed one finds nothing new at the source, or no file at all; the note
says what had been found. One whose commit never came is void: the rows are found again. Counts
only. Needs no secrets.
"""

import datetime
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from foundation.home import Home, write_private
from pipelines.conform.standing import last_batch
from pipelines.hub import Hub
from schemas import FEEDS


@dataclass(frozen=True)
class Brought:
    """One pull that committed: rows that arrived, and those of them that were new to raw."""

    feed: str
    night: datetime.date
    batch: int
    delivered: int
    appended: int


def note(hub: Hub, feed: str, batch: int, delivered: int, appended: int) -> None:
    """Write down what batch ``batch`` is about to bring; it stays when this process is killed."""
    said = asdict(Brought(feed, hub.as_of, batch, delivered, appended))
    write_private(_path(hub.home, feed, batch), json.dumps(said, default=str))


def collect(hub: Hub) -> list[Brought]:
    """What was noted, is in raw, and is not in the tables yet; by feed, oldest first.

    Notes of what was never committed are removed, so that no later batch of that number passes
    for it.
    """
    noted = [_noted(path) for path in _folder(hub.home).glob("*.json")]
    last = {feed: _last_batch(hub, feed) for feed in {one.feed for one in noted}}
    forget(hub.home, (one for one in noted if one.batch > last[one.feed]))
    done = (one for one in noted if one.batch <= last[one.feed])
    return sorted(done, key=lambda one: (one.feed, one.batch))


def forget(home: Home, kept: Iterable[Brought]) -> None:
    """The tables have what these notes say."""
    for one in kept:
        _path(home, one.feed, one.batch).unlink(missing_ok=True)


def _last_batch(hub: Hub, feed: str) -> int:
    """The last batch in raw; -1 of a feed that is no longer declared."""
    if feed not in FEEDS:
        return -1
    return last_batch(hub.lake, FEEDS[feed])


def _folder(home: Home) -> Path:
    folder = home.runs / "brought"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _path(home: Home, feed: str, batch: int) -> Path:
    return _folder(home) / f"{feed}.{batch}.json"


def _noted(path: Path) -> Brought:
    said = json.loads(path.read_text())
    return Brought(**said | {"night": datetime.date.fromisoformat(said["night"])})
