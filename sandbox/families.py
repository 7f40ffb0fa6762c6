"""Families as a matrix of roles: who is born when, who is whose parent and spouse.

    family kinds by weight ──> households × roles ──> one row a person, with father, mother and
            spouse as row numbers

Needs no secret. Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sandbox.streams import Ints, Mask, chance, pick

YEAR: Final = 365.25
HEAD, SPOUSE, FATHER, MOTHER, CHILD, WIFE_OF_SON, GRANDCHILD = 0, 1, 2, 3, 4, 8, 9
ROLES: Final = (
    11  # head, spouse, father, mother, four children, the first son's wife, two grandchildren
)

TWIN_SHARE: Final = 0.012  # of second children
ABSENT_BOOKLET_SHARE: Final = 0.07  # of married-in spouses, registered elsewhere

# kind, weight, youngest and oldest head, which roles it has with what probability
_KINDS: Final[tuple[tuple[str, float, int, int, dict[int, float]], ...]] = (
    ("single", 0.07, 22, 60, {}),
    ("single old", 0.07, 65, 95, {}),
    ("couple", 0.08, 24, 60, {SPOUSE: 1.0}),
    ("couple old", 0.08, 62, 88, {SPOUSE: 1.0}),
    ("nuclear", 0.30, 26, 58, {SPOUSE: 1.0, 4: 1.0, 5: 0.6, 6: 0.15, 7: 0.02}),
    (
        "with parents",
        0.20,
        27,
        56,
        {SPOUSE: 1.0, FATHER: 0.65, MOTHER: 0.85, 4: 0.95, 5: 0.65, 6: 0.2, 7: 0.03},
    ),
    (
        "three generations",
        0.15,
        50,
        80,
        {SPOUSE: 0.85, 4: 1.0, 5: 0.3, WIFE_OF_SON: 0.95, 9: 0.9, 10: 0.55},
    ),
    ("one parent", 0.05, 26, 58, {4: 1.0, 5: 0.4}),
)


@dataclass(frozen=True)
class Families:
    """One entry a person; `household` counts from 0, relatives are row numbers or -1."""

    household: Ints
    role: Ints
    sex: Ints
    birth: Ints
    father: Ints
    mother: Ints
    spouse: Ints
    elsewhere: Mask
    twin: Mask


def draw_families(rng: np.random.Generator, persons: int, as_of: int) -> Families:
    """Families of about `persons` people, cut to whole households (days since 1970)."""
    n = max(int(persons / 2.6), 4)
    kind = pick(rng, [k[1] for k in _KINDS], n)
    here = np.zeros((n, ROLES), dtype=bool)
    here[:, HEAD] = True
    for k, row in enumerate(_KINDS):
        for role, p in row[4].items():
            here[:, role] |= (kind == k) & chance(rng, p, n)
    sex, birth, twin = _lives(rng, kind, here, as_of)
    here &= (birth <= as_of) & (birth > as_of - 107 * YEAR)
    here[:, WIFE_OF_SON] &= here[:, CHILD]
    here[:, GRANDCHILD:] &= here[:, [WIFE_OF_SON]] | here[:, [CHILD]]
    enough = int(np.searchsorted(np.cumsum(here.sum(axis=1)), persons, side="right"))
    return _flatten(rng, here[:enough], sex[:enough], birth[:enough], twin[:enough])


def _lives(rng: np.random.Generator, kind: Ints, here: Mask, as_of: int) -> tuple[Ints, Ints, Mask]:
    """Sex, birth day and twin flag of every role, present or not."""
    n = len(kind)
    sex, birth = np.zeros((n, ROLES), dtype=np.int64), np.zeros((n, ROLES))
    youngest, oldest = (np.array([k[i] for k in _KINDS])[kind] for i in (2, 3))
    age = youngest + (oldest - youngest) * rng.beta(1.1, 1.3, n)
    birth[:, HEAD] = as_of - age * YEAR
    alone_old = kind == 1
    sex[:, HEAD] = np.where(chance(rng, np.where(alone_old | (kind == 7), 0.65, 0.08), n), 2, 1)
    sex[:, SPOUSE] = 3 - sex[:, HEAD]
    younger = np.where(sex[:, HEAD] == 1, 1.8, -1.8)
    birth[:, SPOUSE] = birth[:, HEAD] + rng.normal(younger, 2.4, n) * YEAR
    sex[:, FATHER], sex[:, MOTHER] = 1, 2
    birth[:, MOTHER] = birth[:, HEAD] - rng.uniform(19, 34, n) * YEAR
    birth[:, FATHER] = birth[:, MOTHER] - rng.normal(2, 2.2, n) * YEAR
    woman = np.where(
        sex[:, HEAD] == 2,
        birth[:, HEAD],
        np.where(here[:, SPOUSE], birth[:, SPOUSE], birth[:, HEAD]),
    )
    sex[:, CHILD:WIFE_OF_SON] = np.where(rng.random((n, 4)) < 0.53, 1, 2)
    sex[:, CHILD] = np.where(here[:, WIFE_OF_SON], 1, sex[:, CHILD])
    first = woman + rng.uniform(19.5, 29, n) * YEAR
    gaps = rng.uniform(1.1, 5, (n, 4)) * YEAR
    gaps[:, 0] = 0
    birth[:, CHILD:WIFE_OF_SON] = first[:, None] + np.cumsum(gaps, axis=1)
    twin = np.zeros((n, ROLES), dtype=bool)
    twin[:, CHILD + 1] = here[:, CHILD] & here[:, CHILD + 1] & chance(rng, TWIN_SHARE, n)
    birth[:, CHILD + 1] = np.where(twin[:, CHILD + 1], birth[:, CHILD], birth[:, CHILD + 1])
    twin[:, CHILD] = twin[:, CHILD + 1]
    sex[:, WIFE_OF_SON] = 2
    birth[:, WIFE_OF_SON] = birth[:, CHILD] + rng.normal(1.2, 2, n) * YEAR
    sex[:, GRANDCHILD:] = np.where(rng.random((n, 2)) < 0.53, 1, 2)
    birth[:, GRANDCHILD] = birth[:, WIFE_OF_SON] + rng.uniform(20, 29, n) * YEAR
    birth[:, GRANDCHILD + 1] = birth[:, GRANDCHILD] + rng.uniform(1.1, 5, n) * YEAR
    return sex, np.floor(birth).astype(np.int64), twin


def _flatten(rng: np.random.Generator, here: Mask, sex: Ints, birth: Ints, twin: Mask) -> Families:
    number = np.cumsum(here.ravel()).reshape(here.shape) - 1
    number = np.where(here, number, -1)
    none = np.full(here.shape, -1, dtype=np.int64)
    father, mother, spouse = none.copy(), none.copy(), none.copy()
    husband = np.where(sex[:, HEAD] == 1, number[:, HEAD], number[:, SPOUSE])
    wife = np.where(sex[:, HEAD] == 2, number[:, HEAD], number[:, SPOUSE])
    spouse[:, HEAD], spouse[:, SPOUSE] = number[:, SPOUSE], number[:, HEAD]
    spouse[:, FATHER], spouse[:, MOTHER] = number[:, MOTHER], number[:, FATHER]
    spouse[:, CHILD], spouse[:, WIFE_OF_SON] = number[:, WIFE_OF_SON], number[:, CHILD]
    spouse[:, CHILD] = np.where(here[:, WIFE_OF_SON], number[:, WIFE_OF_SON], -1)
    father[:, HEAD], mother[:, HEAD] = number[:, FATHER], number[:, MOTHER]
    father[:, CHILD:WIFE_OF_SON], mother[:, CHILD:WIFE_OF_SON] = husband[:, None], wife[:, None]
    father[:, GRANDCHILD:], mother[:, GRANDCHILD:] = number[:, [CHILD]], number[:, [WIFE_OF_SON]]
    household, role = np.nonzero(here)
    elsewhere = np.isin(role, (SPOUSE, WIFE_OF_SON)) & (spouse[here] >= 0)
    elsewhere &= chance(rng, ABSENT_BOOKLET_SHARE, len(role))
    return Families(
        household,
        role,
        sex[here],
        birth[here],
        father[here],
        mother[here],
        spouse[here],
        elsewhere,
        twin[here],
    )
