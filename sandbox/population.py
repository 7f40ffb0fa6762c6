"""The people of the county: who they are, what befell them, where they are registered and where
they live.

    families + collective booklets + floating + foreign ──> People (one row a person) ──> homes
            wanted ──> places

The people of later days (births) stand at the end; `appears` says on which day. Needs no secret.
Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from sandbox import families as fam
from sandbox.divisions import ELSEWHERE, NEIGHBOURS_NEW, NEIGHBOURS_OLD
from sandbox.families import YEAR, Families, draw_families
from sandbox.ids import Letters, citizen_ids, mobile_numbers
from sandbox.names import book, draw_ethnic, draw_given, draw_surnames
from sandbox.streams import Ints, Mask, chance, sample, some, stream
from sandbox.text import NEVER

REGISTERED, FLOATING, PAPERS, FOREIGN, MARRIED_IN = 0, 1, 2, 3, 4
NORMAL, DEAD, MOVED_OUT, ARMY, EMIGRATED, MISSING, DELETED, CANCELLED, OTHER = range(9)

# shares of all persons
FLOATING_SHARE: Final = 0.075
PAPERS_SHARE: Final = 0.001
FOREIGN_SHARE: Final = 0.002
COLLECTIVE_SHARE: Final = 0.008

# traits of persons that make identity hard, each a share of the registered
SAME_NAME_BIRTH_SHARE: Final = 0.0012
SHARED_NUMBER_SHARE: Final = 0.0006
SECOND_NUMBER_SHARE: Final = 0.004
NO_NUMBER_SHARE: Final = 0.35  # of babies under half a year
FORMER_NAME_SHARE: Final = 0.05
LATE_REGISTRATION_SHARE: Final = 0.01
BIRTHS_A_DAY: Final = 0.00012  # of all persons


@dataclass
class People:
    """One entry a person. Days are days since 1970, NEVER where there is none; relatives are rows
    or -1.
    """

    kind: Ints
    household: Ints
    role: Ints
    sex: Ints
    birth: Ints
    surname: Ints
    given: Ints
    former_given: Ints
    father: Ints
    mother: Ints
    spouse: Ints
    twin: Mask
    number: Letters
    second_number: Letters
    has_number: Mask
    has_second: Mask
    shares_number: Mask
    same_name: Mask
    ethnic: Ints
    marital: Ints
    phone: Ints
    status: Ints
    death: Ints
    appears: Ints
    collective: Mask
    wants_urban: Mask

    def __len__(self) -> int:
        return len(self.kind)

    def age(self, day: int) -> Ints:
        """Completed years on a day."""
        return np.floor((day - self.birth) / YEAR).astype(np.int64)


def build_people(seed: int, residents: int, as_of: int, days: int, damage: float) -> People:
    """`residents` people known by the end of `as_of`, and those who are born in the `days` after
    it.
    """
    rng = stream(seed, "people")
    extra = [
        round(residents * s)
        for s in (FLOATING_SHARE, PAPERS_SHARE, FOREIGN_SHARE, COLLECTIVE_SHARE)
    ]
    families = draw_families(rng, residents - sum(extra), as_of)
    extra[0] += residents - sum(extra) - len(families.household)
    floating, papers, foreign, collective = extra
    births = max(1, round(residents * BIRTHS_A_DAY)) * days
    parts = [
        _family_part(families),
        _collective_part(rng, collective, as_of, int(families.household[-1]) + 1),
    ]
    parts += [
        _newcomer_part(rng, n, k, as_of) for n, k in ((floating, 1), (papers, 2), (foreign, 3))
    ]
    parts.append(_birth_part(rng, families, births, as_of, days))
    base = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
    people = _with_names(rng, base, damage)
    _fates(rng, people, as_of)
    return people


def _family_part(f: Families) -> dict[str, np.ndarray]:
    n = len(f.household)
    return {
        "kind": np.where(f.elsewhere, MARRIED_IN, REGISTERED),
        "household": f.household,
        "role": f.role,
        "sex": f.sex,
        "birth": f.birth,
        "father": f.father,
        "mother": f.mother,
        "spouse": f.spouse,
        "twin": f.twin,
        "appears": np.zeros(n, dtype=np.int64),
        "collective": np.zeros(n, dtype=bool),
    }


def _loose(sex: Ints, birth: Ints, kind: int, household: Ints) -> dict[str, np.ndarray]:
    n = len(sex)
    none = np.full(n, -1, dtype=np.int64)
    return {
        "kind": np.full(n, kind, dtype=np.int64),
        "household": household,
        "role": np.zeros(n, dtype=np.int64),
        "sex": sex,
        "birth": birth,
        "father": none,
        "mother": none,
        "spouse": none,
        "twin": np.zeros(n, dtype=bool),
        "appears": np.zeros(n, dtype=np.int64),
        "collective": np.zeros(n, dtype=bool),
    }


def _collective_part(
    rng: np.random.Generator, n: int, as_of: int, first: int
) -> dict[str, np.ndarray]:
    birth = as_of - (rng.gamma(2.2, 5, n) + 17) * YEAR
    booklets = max(2, n // 60)
    part = _loose(
        rng.integers(1, 3, n),
        birth.astype(np.int64),
        REGISTERED,
        first + rng.integers(0, booklets, n),
    )
    part["collective"][:] = True
    return part


def _newcomer_part(
    rng: np.random.Generator, n: int, kind: int, as_of: int
) -> dict[str, np.ndarray]:
    age = np.clip(rng.normal(33, 12, n), 1, 78)
    none = np.full(n, -1, dtype=np.int64)
    return _loose(rng.integers(1, 3, n), (as_of - age * YEAR).astype(np.int64), kind, none)


def _birth_part(
    rng: np.random.Generator, f: Families, n: int, as_of: int, days: int
) -> dict[str, np.ndarray]:
    age = (as_of - f.birth) / YEAR
    able = (f.sex == 2) & (f.spouse >= 0) & (age > 21) & (age < 40) & ~f.elsewhere
    able &= np.isin(f.role, (fam.HEAD, fam.SPOUSE, fam.WIFE_OF_SON))
    mother = sample(rng, np.flatnonzero(able), n)
    appears = np.sort(np.arange(len(mother)) % days + 1)
    part = _loose(
        rng.integers(1, 3, len(mother)),
        as_of + appears - rng.integers(0, 5, len(mother)),
        0,
        f.household[mother],
    )
    part["mother"], part["father"] = mother, f.spouse[mother]
    part["role"] = np.where(f.role[mother] == fam.WIFE_OF_SON, fam.GRANDCHILD, fam.CHILD + 3)
    part["appears"] = appears
    return part


def _with_names(rng: np.random.Generator, base: dict[str, np.ndarray], damage: float) -> People:
    n = len(base["kind"])
    year = base["birth"].astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    surname = draw_surnames(rng, n)
    for role in (
        fam.HEAD,
        fam.CHILD,
        fam.CHILD + 1,
        fam.CHILD + 2,
        fam.CHILD + 3,
        fam.GRANDCHILD,
        fam.GRANDCHILD + 1,
    ):
        rows = np.flatnonzero((base["role"] == role) & (base["father"] >= 0))
        surname[rows] = surname[base["father"][rows]]
    sibling = np.where(base["mother"] >= 0, base["mother"] * 7919 % 40, -1)
    sibling = np.where((sibling >= 0) & (base["mother"] * 31 % 100 < 33), sibling, -1)
    given = draw_given(rng, year, base["sex"], sibling)
    ethnic = np.where(
        chance(rng, 0.985, n), 1, rng.choice([22, 22, 22, 6, 8, 15, 13, 12, 3, 11], n)
    )
    dotted = (base["father"] < 0) & chance(
        rng, np.where(base["kind"] == FLOATING, 0.004, 0.0002), n
    )
    surname = np.where(dotted, book().no_surname, surname)
    given = np.where(dotted, draw_ethnic(rng, base["sex"]), given)
    ethnic = np.where(dotted, 5, ethnic)
    former = np.where(
        chance(rng, FORMER_NAME_SHARE, n) & ~dotted, draw_given(rng, year, base["sex"]), -1
    )
    birth, same = _same_name_same_birth(rng, base, surname, given)
    base = {**base, "birth": birth}
    return People(
        **base,
        surname=surname,
        given=given,
        former_given=np.where(former == given, -1, former),
        same_name=same,
        ethnic=ethnic,
        marital=_marital(rng, base),
        phone=mobile_numbers(rng, n),
        status=np.zeros(n, dtype=np.int64),
        death=np.full(n, NEVER, dtype=np.int64),
        wants_urban=np.zeros(n, dtype=bool),
        **_numbers(rng, base, year, same, damage),
    )


def _same_name_same_birth(
    rng: np.random.Generator, base: dict[str, np.ndarray], surname: Ints, given: Ints
) -> tuple[Ints, Mask]:
    """A few unrelated people get one another's name and birth date (changes surname and given in
    place).
    """
    loners = np.flatnonzero(
        (base["kind"] == REGISTERED)
        & (base["appears"] == 0)
        & (base["father"] < 0)
        & (base["spouse"] < 0)
    )
    wanted = max(2, round(len(surname) * SAME_NAME_BIRTH_SHARE / 2))
    copies = sample(rng, loners, min(wanted, len(loners) // 3))
    originals = np.flatnonzero((base["kind"] == REGISTERED) & (base["appears"] == 0))
    originals = np.setdiff1d(originals, copies)
    age_sorted = originals[np.argsort(base["birth"][originals], kind="stable")]
    at = np.searchsorted(base["birth"][age_sorted], base["birth"][copies])
    twin_of = age_sorted[np.minimum(at, len(age_sorted) - 1)]
    birth = base["birth"].copy()
    surname[copies], given[copies] = surname[twin_of], given[twin_of]
    birth[copies] = base["birth"][twin_of]
    base["sex"][copies] = base["sex"][twin_of]
    same = np.zeros(len(surname), dtype=bool)
    same[copies] = same[twin_of] = True
    return birth, same


def _marital(rng: np.random.Generator, base: dict[str, np.ndarray]) -> Ints:
    n = len(base["kind"])
    age = (base["birth"].max() - base["birth"]) / YEAR
    alone = np.where(
        age < 24,
        10,
        np.where(age > 60, 30, rng.choice([10, 10, 40, 30], n, p=[0.3, 0.3, 0.3, 0.1])),
    )
    return np.where(
        base["spouse"] >= 0, rng.choice([20, 20, 20, 21, 22], n), np.where(age < 21, 10, alone)
    )


def _numbers(
    rng: np.random.Generator, base: dict[str, np.ndarray], year: Ints, same: Mask, damage: float
) -> dict[str, np.ndarray]:
    n = len(year)
    old = (year < 1998) & ~chance(rng, LATE_REGISTRATION_SHARE, n)
    native = np.where(old, 362132, 360731)
    near = np.where(old, rng.choice(NEIGHBOURS_OLD, n), rng.choice(NEIGHBOURS_NEW, n))
    far = rng.choice(ELSEWHERE, n)
    came = np.isin(base["role"], (fam.SPOUSE, fam.MOTHER, fam.WIFE_OF_SON)) & (base["sex"] == 2)
    came = (came & chance(rng, 0.25, n)) | (base["kind"] == MARRIED_IN)
    area = np.where(came, np.where(chance(rng, 0.7, n), near, far), native)
    area = np.where(base["kind"] == FLOATING, np.where(chance(rng, 0.45, n), near, far), area)
    number = citizen_ids(area, base["birth"], base["sex"])
    baby = (base["birth"].max() - base["birth"]) < 180
    has = (
        ~(baby & chance(rng, NO_NUMBER_SHARE, n))
        & (base["kind"] != FOREIGN)
        & (base["kind"] != PAPERS)
    )
    second_rows = (
        (base["kind"] == REGISTERED)
        & (year < 1995)
        & chance(rng, SECOND_NUMBER_SHARE * 1.6 * damage, n)
    )
    second = citizen_ids(np.where(second_rows, 362100, 362999), base["birth"], base["sex"])
    shares = np.zeros(n, dtype=bool)
    holders = np.flatnonzero((base["kind"] == REGISTERED) & has & (base["appears"] == 0) & ~same)
    pairs = sample(rng, holders, 2 * math.ceil(n * SHARED_NUMBER_SHARE * damage / 2)).reshape(-1, 2)
    number[pairs[:, 1]] = number[pairs[:, 0]]
    shares[pairs] = True
    return {
        "number": number,
        "second_number": second,
        "has_number": has,
        "has_second": second_rows,
        "shares_number": shares,
    }


def yearly_mortality(age: np.ndarray) -> np.ndarray:
    """The probability to die within a year (Gompertz, fitted to a Chinese life table)."""
    return np.clip(0.00005 * np.exp(0.094 * age), 0.0003, 0.45)


def _fates(rng: np.random.Generator, p: People, as_of: int) -> None:
    """Deaths of the last four years, moves, the army and the rarer states; phones of children and
    the old.
    """
    n = len(p)
    age = (as_of - p.birth) / YEAR
    settled = (p.kind == REGISTERED) & (p.appears == 0)
    dies = settled & chance(rng, np.clip(yearly_mortality(age - 2) * 4, 0, 0.85), n) & (age > 0.1)
    p.status[dies] = DEAD
    p.death[dies] = np.maximum(as_of - rng.integers(0, 1461, int(dies.sum())), p.birth[dies] + 1)
    widowed = np.flatnonzero((p.spouse >= 0) & ~dies)
    widowed = widowed[dies[p.spouse[widowed]]]
    p.marital[widowed] = 30
    alive = np.flatnonzero(settled & ~dies & ~p.collective)
    for status, share, low, high in (
        (MOVED_OUT, 0.03, 18, 60),
        (EMIGRATED, 0.0008, 18, 50),
        (MISSING, 0.0005, 5, 90),
        (DELETED, 0.0008, 0, 90),
        (CANCELLED, 0.0008, 0, 90),
        (OTHER, 0.0004, 0, 90),
    ):
        some_rows = some(rng, alive, share)
        some_rows = some_rows[
            (age[some_rows] >= low) & (age[some_rows] < high) & (p.status[some_rows] == NORMAL)
        ]
        p.status[some_rows] = status
    soldiers = some(rng, alive[(p.sex[alive] == 1) & (age[alive] >= 18) & (age[alive] < 24)], 0.03)
    p.status[soldiers] = ARMY
    young_or_old = (age < 13) | ((age > 72) & chance(rng, 0.5, n))
    p.phone[young_or_old & chance(rng, 0.8, n)] = -1
