"""The county as it truly is: people, places, who lives where, and what happens on the later days.

    build_world(seed, residents, as_of, days, damage) ──> World ──> departments/*.py

Needs no secret. Alone: python -c "from sandbox.world import build_world; print(build_world(2000, 7,
20634, 3, 1.0))"
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sandbox import families as fam
from sandbox.dirt import Dirt
from sandbox.events import Events, draw_events
from sandbox.living import Living, settle
from sandbox.places import Places
from sandbox.population import FOREIGN, PAPERS, REGISTERED, People, build_people
from sandbox.streams import Ints, Mask, pick, stream
from sandbox.text import DAY, NEVER, Text, choose, join, padded, take


@dataclass(frozen=True)
class World:
    """All that departments know a part of. `as_of` is a day number, later days count from 1."""

    seed: int
    residents: int
    as_of: int
    days: int
    people: People
    places: Places
    living: Living
    events: Events
    dirt: Dirt

    def __repr__(self) -> str:
        return f"World({self.residents} residents, seed {self.seed})"

    def rng(self, name: str) -> np.random.Generator:
        """The random stream of a name."""
        return stream(self.seed, name)

    @cached_property
    def person_ids(self) -> Text:
        """The true id of every person."""
        return _tagged("P", len(self.people), 8)

    @cached_property
    def base(self) -> Mask:
        """Who is known by the end of as_of."""
        return np.asarray(self.people.appears == 0)

    @cached_property
    def alive(self) -> Mask:
        """Who is alive at the end of as_of (and known by then)."""
        return np.asarray(self.base & (self.people.death == NEVER))

    @cached_property
    def here(self) -> Ints:
        """People who live in the county at the end of as_of."""
        return np.flatnonzero(self.alive & (self.living.living >= 0))

    @cached_property
    def adults(self) -> Ints:
        """Those of them who are 18 to 75 and have a phone: who reports, asks, works and signs."""
        age = self.people.age(self.as_of)[self.here]
        return self.here[(age >= 18) & (age < 76) & (self.people.phone[self.here] > 0)]

    @cached_property
    def ages(self) -> Ints:
        """Completed years at as_of."""
        return self.people.age(self.as_of)

    @cached_property
    def clerk_phones(self) -> Ints:
        """The phone of each community's clerk."""
        return np.asarray(
            self.people.phone[self.rng("clerks").choice(self.adults, len(self.places.communities))]
        )

    @cached_property
    def disability(self) -> Ints:
        """Kind (1..7) and level (1..4) of disability as kind × 10 + level; 0 for most people."""
        rng = self.rng("disability")
        n = len(self.people)
        able = self.base & (self.people.kind == REGISTERED) & self.people.has_number
        share = np.where(self.ages > 60, 0.08, np.where(self.ages > 2, 0.022, 0.0))
        kind = pick(rng, [0.14, 0.14, 0.02, 0.5, 0.08, 0.09, 0.03], n) + 1
        level = pick(rng, [0.14, 0.26, 0.32, 0.28], n) + 1
        return np.asarray(np.where(able & (rng.random(n) < share), kind * 10 + level, 0))

    @cached_property
    def paper_numbers(self) -> Text:
        """Travel permits of Hong Kong, Macao and Taiwan residents, passports of foreigners; null
        for others.
        """
        p, n = self.people, len(self.people)
        serial = padded(self.rng("papers").permutation(n) + 1_000_000, 8)
        letter = take(("H", "M", None), np.arange(n) % 3)
        permit = choose(np.arange(n) % 3 == 2, serial, join(letter, serial))
        passport = join(take(("E", "C", "P", "K"), np.arange(n) % 4), serial)
        return choose(p.kind == PAPERS, permit, choose(p.kind == FOREIGN, passport, None))

    @cached_property
    def guardian(self) -> Ints:
        """Who looks after a person: a parent, grandparent or spouse at home; -1 for nobody."""
        p = self.people
        guard = np.full(len(p), -1, dtype=np.int64)
        home = self.living.living
        for relative in (
            self._grandparent(True),
            self._grandparent(False),
            p.spouse,
            p.father,
            p.mother,
        ):
            fits = (relative >= 0) & (home >= 0)
            fits &= (home[relative] == home) & (p.death[relative] == NEVER)
            guard = np.where(fits, relative, guard)
        return guard

    @cached_property
    def grandparent(self) -> Ints:
        """The grandparent at home of a person, -1 for none."""
        home, p = self.living.living, self.people
        found = np.full(len(p), -1, dtype=np.int64)
        for relative in (self._grandparent(True), self._grandparent(False)):
            fits = (relative >= 0) & (home >= 0)
            fits &= (home[relative] == home) & (p.death[relative] == NEVER)
            found = np.where(fits, relative, found)
        return found

    def _grandparent(self, male: bool) -> Ints:
        """The grandparent in the same booklet: the head's parents, or the head of three
        generations.
        """
        p = self.people
        line = p.father if male else p.mother
        through = np.where(p.father >= 0, p.father, p.mother)
        up = np.where(through >= 0, line[through], -1)
        other = np.where(p.mother >= 0, line[np.maximum(p.mother, 0)], -1)
        return np.asarray(np.where(up >= 0, up, other))

    @cached_property
    def head_of(self) -> Ints:
        """The head's row of every registered household."""
        p = self.people
        heads = np.full(int(p.household.max()) + 1, -1, dtype=np.int64)
        rows = np.flatnonzero((p.household >= 0) & (p.role == fam.HEAD) & ~p.collective)
        heads[p.household[rows]] = rows
        return heads

    def kin(self) -> Ints:
        """A spouse or parent of each person, -1 for none."""
        p = self.people
        return np.asarray(
            np.where(p.spouse >= 0, p.spouse, np.where(p.mother >= 0, p.mother, p.father))
        )

    def moment(self, rng: np.random.Generator, day: Ints) -> Ints:
        """A moment in working hours of each day number."""
        return np.asarray(day, dtype=np.int64) * DAY + 8 * 3600 + rng.integers(0, 36_000, len(day))

    def arrivals(self, rng: np.random.Generator, per_day: float, base: int) -> Ints:
        """The day on which each of `base` + days × per_day rows appears (0: the base)."""
        daily = max(1, round(per_day)) if self.days else 0
        return np.concatenate(
            [np.zeros(base, dtype=np.int64), np.repeat(np.arange(1, self.days + 1), daily)]
        )

    def first_of_month(self, months: tuple[int, ...] = tuple(range(1, 13))) -> int:
        """The first later day that begins one of these months, 0 if none does."""
        for offset in range(1, self.days + 1):
            day = np.datetime64(self.as_of + offset, "D")
            month = day.astype("datetime64[M]")
            if day == month.astype("datetime64[D]") and int(month.astype(int)) % 12 + 1 in months:
                return offset
        return 0


def _tagged(tag: str, n: int, width: int) -> Text:
    return join(tag, padded(np.arange(n), width))


def build_world(residents: int, seed: int, as_of: int, days: int, damage: float) -> World:
    """The true county of `residents` people, and what will happen in the `days` after `as_of`."""
    people = build_people(seed, residents, as_of, days, damage)
    places, living = settle(seed, residents, people, as_of)
    events = draw_events(stream(seed, "events"), people, living, places, residents, as_of, days)
    return World(seed, residents, as_of, days, people, places, living, events, Dirt(damage))
