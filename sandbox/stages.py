"""Tickets that move through stages: what each looked like at the end of any day.

    moments of every stage (n × stages) ──> columns when a row appears, patches on the days it moved

Needs no secret. Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sandbox.draft import Draft
from sandbox.streams import Ints
from sandbox.text import DAY, NEVER
from sandbox.world import World

Render = Callable[[Ints, Ints], dict[str, Any]]  # (rows, stage reached by each) -> columns


@dataclass(frozen=True)
class Stages:
    """`moments[i, k]` is when ticket i reaches stage k (NEVER if it does not); a row's moments only
    grow.
    """

    w: World
    moments: Ints

    def cutoff(self, day: Ints | int) -> Ints:
        """The last second of later days."""
        return (self.w.as_of + np.asarray(day, dtype=np.int64) + 1) * DAY - 1

    def appears(self) -> Ints:
        """The day on which each ticket is first there."""
        return np.maximum(self.moments[:, 0] // DAY - self.w.as_of, 0)

    def reached(self, day: Ints | int) -> Ints:
        """The stage that each ticket has reached by the end of a day (-1: not there yet)."""
        cutoff = np.broadcast_to(self.cutoff(day), (len(self.moments),))
        done = (self.moments <= cutoff[:, None]) & (self.moments != NEVER)
        last = self.moments.shape[1] - 1 - np.argmax(done[:, ::-1], axis=1)
        return np.where(done.any(axis=1), last, -1)

    def seen(self, rows: Ints, reached: Ints, stage: int) -> Ints:
        """The moment of a stage where it has been passed, NEVER elsewhere."""
        return np.where(reached >= stage, self.moments[rows, stage], NEVER)

    def latest(self, rows: Ints, reached: Ints) -> Ints:
        """The moment of the stage reached."""
        return self.moments[rows, np.maximum(reached, 0)]

    def apply(self, draft: Draft, render: Render) -> None:
        """Fill the draft's columns, and patch them on the days on which tickets move."""
        every = np.arange(len(draft))
        draft.columns |= render(every, self.reached(draft.appears))
        for day in range(1, self.w.days + 1):
            now = self.reached(day)
            moved = np.flatnonzero((now != self.reached(day - 1)) & (draft.appears < day))
            if len(moved):
                draft.patch(day, moved, render(moved, now[moved]))


def ticket_starts(w: World, rng: np.random.Generator, per_day: float, days_back: int) -> Ints:
    """Moments at which tickets are opened: `days_back` days of them in the base, and as many a day
    later on.
    """
    daily = max(1, round(per_day))
    back = np.repeat(np.arange(-days_back + 1, w.days + 1), daily)
    return np.asarray(w.moment(rng, w.as_of + back), dtype=np.int64)
