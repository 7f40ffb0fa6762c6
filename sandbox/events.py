"""What happens on the later days: deaths, marriages, moves, new numbers, corrections, renamed
villages.

    people and homes at as_of ──> who, on which day ──> departments (each hears of it in its own
            time)

Births are people whose `appears` is later than 0. Nobody has two events. Needs no secret.
Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sandbox import families as fam
from sandbox.divisions import RENAMES
from sandbox.living import Living
from sandbox.places import Places
from sandbox.population import NORMAL, REGISTERED, People, yearly_mortality
from sandbox.streams import Ints, Mask, pick, sample

# events a day, per person
DEATHS: Final = 0.00014
MARRIAGES: Final = 0.00006
MOVES: Final = 0.00008
MOVES_OUT: Final = 0.00008
NEW_NUMBERS: Final = 0.00004
CORRECTIONS: Final = 0.00012
RENAME_DAY: Final = 3


@dataclass(frozen=True)
class Occurrence:
    """Who, and on which later day (1..)."""

    person: Ints
    day: Ints

    def at(self, day: int) -> Ints:
        """Whom it befalls on a day."""
        return np.asarray(self.person[self.day == day])


@dataclass(frozen=True)
class Rename:
    """A community's new name, from a day on."""

    day: int
    community: int
    bare: str
    name: str


@dataclass(frozen=True)
class Events:
    """All events. `brides` pairs with `grooms`; `new_home` is the dwelling of each mover."""

    deaths: Occurrence
    grooms: Occurrence
    brides: Ints
    movers: Occurrence
    new_home: Ints
    leavers: Occurrence
    new_numbers: Occurrence
    corrections: Occurrence
    renames: tuple[Rename, ...]


def draw_events(
    rng: np.random.Generator,
    p: People,
    living: Living,
    places: Places,
    residents: int,
    as_of: int,
    days: int,
) -> Events:
    """The events of `days` days; every kind occurs daily if there is anybody for it."""
    age = p.age(as_of)
    free = (
        (p.kind == REGISTERED)
        & (p.status == NORMAL)
        & (p.appears == 0)
        & ~p.collective
        & ~p.shares_number
    )

    def daily(share: float) -> int:
        return max(1, round(residents * share)) * days

    movers, new_home = _moves(
        rng, p, living, places, free, daily(MOVES) // 2 + 1 if days else 0, days
    )
    free[movers.person] = False
    deaths = _spread(_weighted(rng, free, yearly_mortality(age), daily(DEATHS)), days)
    free[deaths.person] = False
    single = free & np.isin(p.marital, (10, 40)) & (p.spouse < 0) & (age >= 22) & (age < 45)
    grooms = sample(rng, np.flatnonzero(single & (p.sex == 1)), daily(MARRIAGES))
    brides = sample(rng, np.flatnonzero(single & (p.sex == 2)), daily(MARRIAGES))
    couples = min(len(grooms), len(brides))
    grooms, brides = grooms[:couples], brides[:couples]
    free[grooms] = free[brides] = False
    leavers = sample(rng, np.flatnonzero(free & (age > 18) & (age < 50)), daily(MOVES_OUT))
    free[leavers] = False
    numberless = free & ~p.has_number
    numbered = sample(rng, np.flatnonzero(numberless), daily(NEW_NUMBERS))
    free[numbered] = False
    corrected = sample(rng, np.flatnonzero(free & p.has_number), daily(CORRECTIONS))
    return Events(
        deaths,
        _spread(grooms, days),
        brides,
        movers,
        new_home,
        _spread(leavers, days),
        _spread(numbered, days),
        _spread(corrected, days),
        _renames(places, days),
    )


def _spread(persons: Ints, days: int) -> Occurrence:
    return Occurrence(persons, np.arange(len(persons)) % max(days, 1) + 1)


def _weighted(rng: np.random.Generator, free: Mask, weight: np.ndarray, n: int) -> Ints:
    rows = np.flatnonzero(free)
    drawn = rows[pick(rng, weight[rows], n)] if len(rows) else rows
    return np.asarray(rng.permutation(np.unique(drawn)), dtype=np.int64)


def _moves(
    rng: np.random.Generator,
    p: People,
    living: Living,
    places: Places,
    free: Mask,
    n: int,
    days: int,
) -> tuple[Occurrence, Ints]:
    """Whole booklets move, all their members with them, into vacant flats."""
    flats = np.intersect1d(living.vacant, places.urban())
    heads = np.flatnonzero(free & (p.role == fam.HEAD) & (living.living >= 0))
    heads = sample(rng, heads, min(n, len(flats)))
    flats = sample(rng, flats, len(heads))
    home = np.full(int(p.household.max()) + 1, -1, dtype=np.int64)
    day = np.zeros(len(home), dtype=np.int64)
    home[p.household[heads]] = flats
    day[p.household[heads]] = np.arange(len(heads)) % max(days, 1) + 1
    members = np.flatnonzero(free & (p.household >= 0) & (home[np.maximum(p.household, 0)] >= 0))
    booklet = p.household[members]
    return Occurrence(members, day[booklet]), home[booklet]


def _renames(places: Places, days: int) -> tuple[Rename, ...]:
    if days < RENAME_DAY:
        return ()
    found = []
    for bare, new in RENAMES:
        for i, community in enumerate(places.communities):
            if community.bare == bare and community.is_village:
                found.append(Rename(RENAME_DAY, i, new, new + "村"))
                break
        if found:
            break
    return tuple(found)
