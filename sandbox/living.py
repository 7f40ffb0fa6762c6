"""Who lives where: homes of booklets, flats in town, work far away, dormitories, care homes, rented
rooms.

    People ──> homes wanted ──> Places ──> registered and living dwelling of every person (-1:
            outside the county)

Needs no secret. Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sandbox.families import YEAR
from sandbox.places import CARE_HOME, DORMITORY, Places, build_places
from sandbox.population import DEAD, MARRIED_IN, MISSING, NORMAL, OTHER, People
from sandbox.streams import Ints, Mask, chance, pick, stream

URBAN_SHARE: Final = 0.42
APART_SHARE: Final = 0.16  # booklets in a village whose family lives in a flat in town
MIGRANT_SHARE: Final = 0.2  # of the working-age people of the villages, away for work
JOINED_SHARE: Final = 0.05  # booklets that share a home with another booklet
CARE_HOME_SHARE: Final = 0.02  # of those over 78
VACANT_SHARE: Final = 0.1


@dataclass
class Living:
    """Rows are people; dwellings are rows of Places.dwellings, -1 outside the county or nowhere."""

    registered: Ints
    living: Ints
    registered_household: Ints
    rentals: Ints
    vacant: Ints

    def alone(self, day_alive: Mask, places: Places) -> Mask:
        """Whose home holds nobody else."""
        here = day_alive & (self.living >= 0)
        count = np.bincount(self.living[here], minlength=len(places.dwellings))
        return np.asarray(here & (count[np.maximum(self.living, 0)] == 1))


def settle(seed: int, residents: int, p: People, as_of: int) -> tuple[Places, Living]:
    """Places for these people, and who lives in which."""
    rng = stream(seed, "living")
    family = (p.household >= 0) & ~p.collective
    booklets = int(p.household[family].max()) + 1
    town = chance(rng, URBAN_SHARE, booklets)
    joined = np.flatnonzero(chance(rng, JOINED_SHARE, booklets))
    apart = ~town & chance(rng, APART_SHARE, booklets)
    newcomers = np.flatnonzero(np.isin(p.kind, (1, 2, 3)))
    group = _rental_groups(rng, len(newcomers))
    rented = int(group[-1]) + 1 if len(group) else 0
    in_town = chance(rng, 0.85, rented)
    flats = int(town.sum() + apart.sum() + in_town.sum())
    houses = int((~town).sum() + (~in_town).sum())
    old = int(((as_of - p.birth) / YEAR > 78).sum() * CARE_HOME_SHARE) + 8
    places = build_places(
        seed, residents, round(flats * (1 + VACANT_SHARE)), round(houses * (1 + VACANT_SHARE)),
        (int(p.collective.sum()), old),
    )  # fmt: skip
    free_flats, free_houses = rng.permutation(places.urban()), rng.permutation(places.rural())
    n_town, n_country = int(town.sum()), int((~town).sum())
    home = np.empty(booklets, dtype=np.int64)
    home[town], home[~town] = free_flats[:n_town], free_houses[:n_country]
    lives = home.copy()
    n_apart = int(apart.sum())
    lives[apart] = free_flats[n_town : n_town + n_apart]
    used = n_town + n_apart
    # two booklets under one roof: the later family moved in with the one before it
    joined = joined[joined > 0]
    joined = joined[(town[joined] == town[joined - 1]) & ~apart[joined] & ~apart[joined - 1]]
    home[joined], lives[joined] = home[joined - 1], home[joined - 1]
    rooms = np.empty(rented, dtype=np.int64)
    rooms[in_town] = free_flats[used : used + int(in_town.sum())]
    rooms[~in_town] = free_houses[n_country : n_country + int((~in_town).sum())]
    living = _individuals(rng, p, places, family, home, lives, town, as_of)
    living.living[newcomers] = rooms[group]
    taken = np.zeros(len(places.dwellings), dtype=bool)
    taken[np.concatenate([home, lives, rooms])] = True
    living.rentals = rooms
    living.vacant = np.flatnonzero(~taken & (places.dwellings.kind == 0))
    return places, living


def _rental_groups(rng: np.random.Generator, n: int) -> Ints:
    """Newcomers in groups of one to four that share a rented home."""
    starts = chance(rng, 0.55, n)
    if n:
        starts[0] = True
    return np.cumsum(starts) - 1


def _individuals(
    rng: np.random.Generator,
    p: People,
    places: Places,
    family: Mask,
    home: Ints,
    lives: Ints,
    town: Mask,
    as_of: int,
) -> Living:
    n = len(p)
    age = (as_of - p.birth) / YEAR
    registered, living = np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    registered[family], living[family] = home[p.household[family]], lives[p.household[family]]
    kinds = places.dwellings.kind
    dormitories, care = np.flatnonzero(kinds == DORMITORY), np.flatnonzero(kinds == CARE_HOME)
    inmates = np.flatnonzero(p.collective)
    booklet = p.household[inmates]
    wanted = (
        (booklet - booklet.min()) * 7 + rng.integers(0, 7, len(inmates))
        if len(inmates)
        else booklet
    )
    registered[inmates] = living[inmates] = dormitories[wanted % len(dormitories)]
    in_family = np.flatnonzero(family)
    country = ~town[p.household[in_family]]
    worker = (age[in_family] > 18) & (age[in_family] < 56)
    leaves = chance(rng, np.where(country, MIGRANT_SHARE, 0.04), len(in_family)) & worker
    # whole couples go more often than one alone
    away = np.zeros(n, dtype=bool)
    away[in_family[leaves]] = True
    partner = p.spouse[np.flatnonzero(away)]
    partner = partner[partner >= 0]
    away[partner[chance(rng, 0.55, len(partner))]] = True
    living[away] = -1
    old = np.flatnonzero(
        family & (age > 78) & (p.status == NORMAL) & chance(rng, CARE_HOME_SHARE, n)
    )
    living[old] = care[pick(rng, np.ones(len(care)), len(old))]
    living[(p.status != NORMAL) & (p.kind != MARRIED_IN)] = -1
    living[p.status == DEAD] = -1
    registered[p.kind == MARRIED_IN] = -1
    booklet_of = np.where(
        (p.kind == 0) & ~p.collective & np.isin(p.status, (NORMAL, MISSING, OTHER)), p.household, -1
    )
    empty = np.zeros(0, dtype=np.int64)
    return Living(registered, living, booklet_of, empty, empty)
