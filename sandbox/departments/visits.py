"""Visits of grid workers: who lives in a home, as the worker at the door wrote it down.

    people at home ──> resident_visit, whose later days add records, update some and delete a few

Needs no secret. Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow.compute as pc

from sandbox.cells import Writer
from sandbox.departments.grid import DEPARTMENT, Workers
from sandbox.draft import Draft
from sandbox.population import FLOATING, FOREIGN, MARRIED_IN, NORMAL, PAPERS, REGISTERED
from sandbox.streams import Ints, chance, sample
from sandbox.text import Text, choose, constant, counts, join, padded, put, take, timestamps
from sandbox.world import World

VISITED: Final = 0.6  # of those who live here
EMPTY_BOOKLETS: Final = 0.25  # of those registered here who live elsewhere
SECOND_RECORDS: Final = 0.03
NEW_A_DAY: Final = 0.002  # per resident
UPDATED_A_DAY: Final = 0.002
_ETHNIC: Final = {
    1: "汉族",
    22: "畲族",
    6: "苗族",
    8: "壮族",
    15: "土家族",
    13: "瑶族",
    12: "侗族",
    3: "回族",
    11: "满族",
    5: "维吾尔族",
}
_RELATIONS: Final = (
    "户主",
    "配偶",
    "父亲",
    "母亲",
    "子女",
    "子女",
    "子女",
    "子女",
    "儿媳",
    "孙子女",
    "孙子女",
)


def resident_visit(w: World, workers: Workers) -> Draft:
    """One row a record."""
    rng = w.rng("resident_visit")
    p, living, registered = w.people, w.living.living, w.living.registered
    # only a visit says where a spouse lives who is registered elsewhere, and by which number
    only_here = (p.kind[w.here] == MARRIED_IN) & w.dirt.spares(w.rng("visit/spares"), len(w.here))
    seen = w.here[chance(rng, VISITED, len(w.here)) | only_here]
    empty = np.flatnonzero(
        (living < 0) & (registered >= 0) & w.alive & (p.status == NORMAL) & ~p.collective
    )
    empty = empty[chance(rng, EMPTY_BOOKLETS, len(empty))]
    again = sample(rng, seen, round(len(seen) * SECOND_RECORDS))
    daily = max(1, round(w.residents * NEW_A_DAY)) if w.days else 0
    new = rng.choice(w.here, daily * w.days)
    who = np.concatenate([seen, empty, again, new])
    appears = np.zeros(len(who), dtype=np.int64)
    appears[len(who) - len(new) :] = np.repeat(np.arange(1, w.days + 1), daily)
    n = len(who)
    home = np.where(living[who] >= 0, living[who], registered[who])
    draft = Draft(DEPARTMENT, "resident_visit", ("record_id",), appears)
    write = Writer(w, draft)
    draft.columns["record_id"] = join("RH", padded(rng.permutation(n) + 1, 9))
    draft.columns["grid_code"] = take(w.places.grid_codes(), w.places.dwellings.grid[home])
    write.name("self", "name", who)
    write.id_no("self", "id_no", who)
    papers = np.flatnonzero(np.isin(p.kind[who], (PAPERS, FOREIGN)))
    draft.columns["id_no"] = put(draft.columns["id_no"], papers, take(w.paper_numbers, who[papers]))
    draft.spoil("foreign_papers", "self", "id_no", papers)
    draft.spoil("married_in_elsewhere", "self", "id_no", np.flatnonzero(p.kind[who] == MARRIED_IN))
    draft.columns["sex"] = choose(
        chance(rng, 0.02 * min(w.dirt.factor, 10), n), "2", take((None, "0", "1"), p.sex[who])
    )
    write.birth("self", "birth_date", who, "%Y-%m-%d")
    write.phone("self", "phone", who)
    newcomer = np.isin(p.kind[who], (FLOATING, PAPERS, FOREIGN))
    draft.columns["ethnic"] = _ethnic(p.ethnic[who])
    draft.columns["relation"] = choose(newcomer, "非亲属", take(_RELATIONS, p.role[who]))
    write.address("self", "address", home)
    kind = np.where(newcomer | (p.kind[who] == MARRIED_IN), 1, np.where(living[who] < 0, 2, 0))
    draft.columns["residence_kind"] = take(("local", "floating", "empty"), kind)
    draft.columns["tags"] = _tags(w, who)
    draft.columns["worker_no"] = take(
        workers.numbers, workers.of_grid[w.places.dwellings.grid[home]]
    )
    visited = w.moment(
        rng, np.where(appears > 0, w.as_of + appears, w.as_of - rng.integers(0, 900, n))
    )
    draft.columns["visited_at"] = timestamps(visited)
    draft.columns["is_deleted"] = counts(np.where((appears == 0) & chance(rng, 0.01, n), 1, 0))
    write.stamp("self", "updated_at", visited, iso=False)
    draft.mention("self", who)
    for trait, mask in (("twin", p.twin), ("same_name_birth", p.same_name)):
        draft.spoil(trait, "self", "name", np.flatnonzero(mask[who]))
    _later(w, rng, draft, n - len(new))
    return draft


def _ethnic(code: Ints) -> Text:
    known = np.array(sorted(_ETHNIC))
    at = np.searchsorted(known, code)
    return take([_ETHNIC[int(c)] for c in known], np.minimum(at, len(known) - 1))


def _tags(w: World, who: Ints) -> Text:
    """What the worker noted, joined by commas; null for most."""
    p = w.people
    alone = w.living.alone(w.alive, w.places)[who]
    level = w.disability[who] % 10
    child = (w.ages[who] < 16) & (p.father[who] >= 0)
    child &= w.living.living[np.maximum(p.father[who], 0)] < 0
    marks = (
        ((w.ages[who] >= 70) & alone, "独居老人"),
        ((w.ages[who] >= 80), "高龄老人"),
        (level > 0, "残疾人"),
        (child, "留守儿童"),
        ((w.ages[who] > 20) & (who % 17 == 0) & (p.kind[who] == REGISTERED), "党员"),
        ((w.ages[who] > 18) & (who % 23 == 0), "退役军人"),
    )
    text = constant("", len(who))
    for mask, word in marks:
        text = choose(mask, join(text, word, ","), text)
    trimmed = pc.utf8_rtrim(text, ",")
    return choose(pc.equal(trimmed, "").to_numpy(zero_copy_only=False), None, trimmed)


def _later(w: World, rng: np.random.Generator, draft: Draft, base: int) -> None:
    """Second visits update records; a few records are marked deleted."""
    for day in range(1, w.days + 1):
        rows = np.unique(rng.integers(0, base, max(2, round(w.residents * UPDATED_A_DAY))))
        moment = timestamps(w.moment(rng, np.full(len(rows), w.as_of + day)))
        deleted = counts(np.where(chance(rng, 0.05, len(rows)), 1, 0))
        draft.patch(day, rows, {"visited_at": moment, "is_deleted": deleted, "updated_at": moment})
