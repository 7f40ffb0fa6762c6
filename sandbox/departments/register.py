"""The resident register: one row a version of a person, the current one and those that it replaced.

    registered people ──> current rows + closed and reversed ones ──> versions of later days
            (births, deaths, moves...)

A new version is a U of the closed one and an I of the new one. Needs no secret. Alone: see
tests/sandbox/test_build_register.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from sandbox import families as fam
from sandbox.cells import Writer
from sandbox.draft import Draft
from sandbox.ids import rank_within
from sandbox.names import names
from sandbox.population import DEAD, MOVED_OUT, NORMAL, REGISTERED
from sandbox.streams import Ints, chance, pick, sample
from sandbox.text import (
    DAY,
    NEVER,
    choose,
    constant,
    day_text,
    fixed,
    join,
    moment_text,
    number,
    padded,
    put,
    take,
    timestamps,
)
from sandbox.truth import household_no
from sandbox.world import World

_STATUS: Final = ("0", "1", "2", "3", "4", "6", "7", "8", "9")
CURRENT, OLD_HOME, OLD_MARITAL, OLD_NAME, REVERSED, NEW = range(6)
OLD_SHARES: Final = {OLD_HOME: 0.03, OLD_MARITAL: 0.02, OLD_NAME: 0.006, REVERSED: 0.003}
_EDUCATION: Final = ("10", "20", "30", "40", "60", "70", "80", "90")


@dataclass(frozen=True)
class Versions:
    """One entry a version: whose, of which sort, on which later day it appears, where it places the
    person.
    """

    who: Ints
    sort: Ints
    appears: Ints
    home: Ints
    status: Ints
    death: Ints
    marital: Ints
    education: Ints
    valid_from: Ints
    valid_to: Ints
    changed: Ints


def resident_register(w: World) -> Draft:
    """T_CZRK."""
    rng = w.rng("register")
    v, current = _versions(w, rng)
    n, p = len(v.who), w.people
    draft = Draft("public_security", "resident_register", ("RYNBID",), v.appears)
    write = Writer(w, draft)
    draft.columns |= {
        "RYNBID": join("RN", padded(rng.permutation(n) + 1_000_000, 10)),
        "RYID": join("RY360731", padded(p_order(w)[v.who], 9)),
        "HH": household_no(p.household[v.who]),
        "HLX": choose(p.collective[v.who], "2", "1"),
    }
    write.id_no("self", "GMSFHM", v.who)
    _fix_numbers(w, draft, v)
    write.name("self", "XM", v.who)
    _names(w, draft, v, rng)
    draft.columns["XBDM"] = number(p.sex[v.who])
    draft.columns["MZDM"] = padded(p.ethnic[v.who], 2)
    write.birth("self", "CSRQ", v.who, "%Y%m%d")
    draft.columns |= {
        "YHZGXDM": relation_codes(w, rng, v.who),
        "HYZKDM": number(v.marital),
        "XLDM": take(_EDUCATION, v.education),
    }
    write.phone("self", "LXDH", v.who)
    write.address("self", "HJDZ", v.home, formal=True)
    standard = np.where(chance(rng, 0.6, n), v.home, -1)
    draft.columns["BZDZID"] = take(w.places.ids, standard)
    apart = (w.living.living[v.who] != v.home) & (v.sort != NEW)
    draft.columns["RHYZ"] = choose(apart & (v.status != DEAD), "02", "01")
    draft.spoil(
        "register_residence_apart",
        "self",
        "RHYZ",
        np.flatnonzero(apart & (v.sort == CURRENT) & (v.status == NORMAL)),
    )
    _statuses(w, write, v)
    draft.columns["JLBZ"] = choose((v.sort == CURRENT) | (v.sort == NEW), "1", "0")
    draft.columns["CXBZ"] = choose(v.sort == REVERSED, "1", "0")
    draft.columns["QYSJ"] = moment_text(v.valid_from, "compact")
    draft.columns["JSSJ"] = moment_text(v.valid_to, "compact")
    write.stamp("self", "GXSJ", v.changed, iso=False)
    draft.mention("self", v.who)
    for trait, mask in (("twin", p.twin), ("same_name_birth", p.same_name)):
        draft.spoil(trait, "self", "XM", np.flatnonzero(mask[v.who]))
    _close(w, draft, v, current)
    return draft


def p_order(w: World) -> Ints:
    """A person's number in the register, which says nothing about the order in which people were
    made.
    """
    return np.asarray(w.rng("ryid").permutation(len(w.people)), dtype=np.int64)


def _versions(w: World, rng: np.random.Generator) -> tuple[Versions, Ints]:
    """All versions, and the row of everybody's current version in the base (-1 for none)."""
    p = w.people
    people = np.flatnonzero((p.kind == REGISTERED) & (p.appears == 0))
    parts: list[tuple[Ints, int, Ints]] = [(people, CURRENT, np.zeros(len(people), dtype=np.int64))]
    able = people[~p.collective[people] & (p.birth[people] < w.as_of - 900)]
    for sort, share in OLD_SHARES.items():
        rows = able[p.former_given[able] >= 0] if sort == OLD_NAME else able
        rows = sample(rng, rows, round(len(able) * share) if sort != OLD_NAME else len(rows) // 4)
        able = np.setdiff1d(able, rows)
        parts.append((np.sort(rows), sort, np.zeros(len(rows), dtype=np.int64)))
    e = w.events
    born = np.flatnonzero((p.kind == REGISTERED) & (p.appears > 0))
    news = [
        (born, p.appears[born]),
        _heard(rng, e.deaths.person, e.deaths.day, w.days, 3),
        _heard(
            rng, np.concatenate([e.grooms.person, e.brides]), np.tile(e.grooms.day, 2), w.days, 2
        ),
        (e.movers.person, e.movers.day),
        (e.leavers.person, e.leavers.day),
        (e.new_numbers.person, e.new_numbers.day),
        (e.corrections.person, e.corrections.day),
    ]
    parts += [(who, NEW, day) for who, day in news]
    who = np.concatenate([part[0] for part in parts])
    sorts = np.repeat([part[1] for part in parts], [len(part[0]) for part in parts])
    current = np.full(len(p), -1, dtype=np.int64)
    current[people] = np.arange(len(people))
    return _filled(w, rng, who, sorts, np.concatenate([part[2] for part in parts])), current


def _heard(
    rng: np.random.Generator, who: Ints, day: Ints, days: int, lag: int
) -> tuple[Ints, Ints]:
    """The register hears of it some days later, if at all within the days."""
    heard = day + rng.integers(0, lag + 1, len(who))
    return who[heard <= days], heard[heard <= days]


def _filled(w: World, rng: np.random.Generator, who: Ints, sort: Ints, appears: Ints) -> Versions:
    p, n = w.people, len(who)
    new = sort == NEW
    home, status, death, marital = (
        a[who].copy() for a in (w.living.registered, p.status, p.death, p.marital)
    )
    old_home = np.flatnonzero(sort == OLD_HOME)
    home[old_home] = rng.integers(0, len(w.places.dwellings), len(old_home))
    marital[sort == OLD_MARITAL] = 10
    education = _education(w)[who]
    # who a new version is about has one event: look each up by person
    changes = _Changes(w)
    home = np.where(new, np.where(changes.home[who] >= 0, changes.home[who], home), home)
    death = np.where(new & (changes.death[who] != NEVER), changes.death[who], death)
    status = np.where(
        new & changes.left[who], MOVED_OUT, np.where(new & (death != NEVER), DEAD, status)
    )
    marital = np.where(new & changes.wed[who], 20, marital)
    corrected = new & changes.corrected[who]
    education = np.where(corrected, (education + 1) % len(_EDUCATION), education)
    status[(~new) & (sort != CURRENT)] = NORMAL
    death[status != DEAD] = NEVER
    # a person's current version began at one moment, which its other versions must agree with
    began = np.maximum(p.birth + 1, w.as_of - rng.integers(400, 5200, len(p)))
    began = np.where(p.status == DEAD, np.maximum(p.death + 1, p.birth + 2), began)
    began = np.minimum(began, w.as_of)
    start = (began * DAY + 8 * 3600 + rng.integers(0, 36_000, len(p)))[who]
    before = np.maximum((p.birth[who] + 1) * DAY, start - rng.integers(200, 4000, n) * DAY)
    today = w.moment(rng, w.as_of + appears)
    past = start + ((today - start) * rng.random(n)).astype(np.int64)
    past = np.where(rng.random(n) < 0.3, start, past)
    valid_from = np.where(
        new, np.where(corrected, past, today), np.where(sort == CURRENT, start, before)
    )
    valid_to = np.where((sort == CURRENT) | new, NEVER, start)
    changed = np.where(
        new, today, np.minimum(start + rng.integers(0, 400, n) * DAY, w.as_of * DAY + 70_000)
    )
    return Versions(
        who, sort, appears, home, status, death, marital, education, valid_from, valid_to, changed
    )


class _Changes:
    """What the events of later days do to each person."""

    def __init__(self, w: World) -> None:
        n, e = len(w.people), w.events
        self.home, self.death = np.full(n, -1, dtype=np.int64), np.full(n, NEVER, dtype=np.int64)
        self.left, self.wed, self.corrected = (np.zeros(n, dtype=bool) for _ in range(3))
        self.home[e.movers.person] = e.new_home
        self.death[e.deaths.person] = w.as_of + e.deaths.day
        self.left[e.leavers.person] = True
        self.wed[e.grooms.person] = self.wed[e.brides] = True
        self.corrected[e.corrections.person] = True


def _education(w: World) -> Ints:
    drawn = pick(w.rng("education"), [1, 6, 14, 12, 22, 30, 12, 3], len(w.people))
    return np.where(w.ages < 6, 7, np.where(w.ages < 13, 6, np.where(w.ages < 16, 5, drawn)))


def _fix_numbers(w: World, draft: Draft, v: Versions) -> None:
    """Babies who get their number have it in the new version."""
    got = np.zeros(len(w.people), dtype=bool)
    got[w.events.new_numbers.person] = True
    rows = np.flatnonzero(got[v.who] & (v.sort == NEW))
    draft.columns["GMSFHM"] = put(
        draft.columns["GMSFHM"], rows, fixed(w.people.number[v.who[rows]])
    )


def _names(w: World, draft: Draft, v: Versions, rng: np.random.Generator) -> None:
    """Former names: known to the register of some people, and the name itself in versions before
    the change.
    """
    p = w.people
    has = p.former_given[v.who] >= 0
    former = names(p.surname[v.who], np.maximum(p.former_given[v.who], 0))
    known = has & (v.sort != OLD_NAME) & (v.who % 10 < 6)
    draft.columns["CYM"] = choose(known, former, None)
    old = np.flatnonzero((v.sort == OLD_NAME) & has)
    draft.columns["XM"] = put(draft.columns["XM"], old, former.take(pa.array(old)))
    draft.spoil("name_former", "self", "XM", old)


def _statuses(w: World, write: Writer, v: Versions) -> None:
    """RYZT and SWRQ, with the dead who are not cancelled and those who are dead by error."""
    draft = write.draft
    base = (v.sort == CURRENT) & (v.appears == 0)
    spread = write.rows(
        "row",
        {
            "dead_not_cancelled": base & (v.status == DEAD),
            "dead_by_error": base & (v.status == NORMAL) & (w.ages[v.who] > 50),
            "moved_out_current": base & (v.status == MOVED_OUT),
        },
        "self",
        "RYZT",
    )
    shown, death = v.status.copy(), v.death.copy()
    for kind in ("dead_not_cancelled", "moved_out_current"):
        rows = spread.get(kind, np.zeros(0, dtype=np.int64))
        shown[rows], death[rows] = NORMAL, NEVER
    wrong = spread.get("dead_by_error", np.zeros(0, dtype=np.int64))
    shown[wrong] = DEAD
    death[wrong] = w.as_of - w.rng("dead_by_error").integers(60, 900, len(wrong))
    draft.columns["RYZT"] = take(_STATUS, shown)
    text = day_text(death, "%Y%m%d")
    for rows in write.rows("death", {"death_day_00": death != NEVER}, "self", "SWRQ").values():
        text = put(text, rows, join(day_text(death[rows], "%Y%m"), "00"))
    draft.columns["SWRQ"] = text


def relation_codes(w: World, rng: np.random.Generator, who: Ints) -> pa.Array:
    """GB/T 4761 codes of the relation to the head of the booklet."""
    p = w.people
    role, female = p.role[who], p.sex[who] == 2
    text = choose(p.household[who] % 10 < 3, "01", "02")
    text = choose(role == fam.SPOUSE, choose(who % 7 == 0, "10", choose(female, "12", "11")), text)
    text = choose(role == fam.FATHER, "51", choose(role == fam.MOTHER, "52", text))
    order = np.clip(_child_order(w)[who], 0, 4)
    sons, daughters = ("22", "23", "24", "25", "26"), ("32", "33", "34", "35", "36")
    child = choose(female, take(daughters, order), take(sons, order))
    child = choose(who % 11 == 0, choose(female, "30", "20"), child)
    text = choose((role >= fam.CHILD) & (role < fam.WIFE_OF_SON), child, text)
    text = choose(role == fam.WIFE_OF_SON, "38", text)
    text = choose(role >= fam.GRANDCHILD, choose(female, "42", "41"), text)
    return choose(p.collective[who], constant("99", len(who)), text)


def _child_order(w: World) -> Ints:
    """The running number of a child among the head's children of its sex."""
    p = w.people
    child = (p.role >= fam.CHILD) & (p.role < fam.WIFE_OF_SON) & (p.household >= 0)
    order = np.zeros(len(p), dtype=np.int64)
    rows = np.flatnonzero(child)
    rows = rows[np.lexsort((p.birth[rows], p.household[rows]))]
    order[rows] = rank_within(p.household[rows], p.sex[rows])
    return order


def _close(w: World, draft: Draft, v: Versions, current: Ints) -> None:
    """Close the version that a later day's version replaces."""
    for day in range(1, w.days + 1):
        new = np.flatnonzero((v.sort == NEW) & (v.appears == day))
        old = current[v.who[new]]
        new, old = new[old >= 0], old[old >= 0]
        moment = v.changed[new]
        same_start = v.valid_from[new] <= v.valid_from[old]
        until = np.where(same_start, moment, v.valid_from[new])
        draft.patch(
            day,
            old,
            {
                "JLBZ": constant("0", len(old)),
                "JSSJ": moment_text(until, "compact"),
                "GXSJ": timestamps(moment),
            },
        )
