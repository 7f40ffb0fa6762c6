"""Evacuation cards 避险明白卡: up to eight people a row, by name only, of the families below a
hazard.

    hazards' village groups ──> homes there ──> one card a home (and `<卡号>-2` for the ninth person
            on)

Some homes have no card, and cards name people who have left or died since. Needs no secret.
Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sandbox.cells import Writer
from sandbox.draft import Draft
from sandbox.ids import rank_within
from sandbox.population import NORMAL
from sandbox.streams import Ints, chance, pick
from sandbox.text import NEVER, Text, choose, constant, day_text, join, number, padded, put, take
from sandbox.world import World

CARD_SHARE: Final = 0.88  # of the homes in a hazard's group
STALE_DAYS: Final = 240
PLACES_ON_A_CARD: Final = 8
_FORMS: Final = ("%Y-%m-%d", "%Y%m%d", "%Y.%m.%d")


def evacuation_card(
    w: World, community: Ints, group: Ints, sites: Text, watcher: Ints, shelters: Text
) -> Draft:
    """One row a card; arguments give the village, group, code and watcher of every hazard site."""
    rng = w.rng("cards")
    who, home, site = _named(w, rng, community, group)
    card_homes, card = np.unique(home, return_inverse=True)
    place = rank_within(card, np.zeros(len(card), dtype=np.int64))
    sheet = card * 4 + place // PLACES_ON_A_CARD
    sheets, row = np.unique(sheet, return_inverse=True)
    n, of_card = len(sheets), sheets // 4
    first = np.searchsorted(card, np.arange(len(card_homes)))
    head = who[first][of_card]
    draft = Draft("emergency", "evacuation_card", ("卡号",), np.zeros(n, dtype=np.int64))
    write = Writer(w, draft)
    number_of = join("MBK", padded(rng.permutation(len(card_homes)) + 1, 7))
    second = choose(sheets % 4 > 0, join("-", number(sheets % 4 + 1)), None)
    draft.columns["卡号"] = join(take(number_of, of_card), second)
    draft.columns["隐患点编号"] = take(sites, site[first][of_card])
    write.name("head", "户主姓名", head)
    draft.columns["家庭人数"] = number(np.bincount(card)[of_card])
    write.address("head", "住址", card_homes[of_card])
    for slot in range(PLACES_ON_A_CARD):
        at = np.flatnonzero(place % PLACES_ON_A_CARD == slot)
        _person(w, write, str(slot + 1), who[at], row[at])
    _rest(w, rng, write, watcher[site[first][of_card]], shelters)
    draft.mention("head", head)
    return draft


def _named(
    w: World, rng: np.random.Generator, community: Ints, group: Ints
) -> tuple[Ints, Ints, Ints]:
    """Who stands on cards, sorted by home and role, with the home and the site."""
    p, d = w.people, w.places.dwellings
    site_of = np.full((len(w.places.communities), 100), -1, dtype=np.int64)
    site_of[community, group] = np.arange(len(community))
    home = np.where(w.living.living >= 0, w.living.living, w.living.registered)
    recent = (p.death == NEVER) | (p.death > w.as_of - STALE_DAYS)
    home = np.where((p.death != NEVER) | (w.living.living < 0), w.living.registered, home)
    known = np.maximum(home, 0)
    site = np.where(d.compound[known] < 0, site_of[d.community[known], d.group[known]], -1)
    has_card = chance(rng, CARD_SHARE, len(d))[known]
    named = (
        w.base
        & (home >= 0)
        & (site >= 0)
        & has_card
        & recent
        & ((p.status == NORMAL) | (p.death != NEVER))
    )
    named &= (w.living.living >= 0) | chance(rng, 0.7, len(p)) | (p.death != NEVER)
    who = np.flatnonzero(named)
    who = who[np.lexsort((who, p.role[who], p.household[who], home[who]))]
    return who, home[who], site[who]


def _person(w: World, write: Writer, slot: str, who: Ints, rows: Ints) -> None:
    """姓名N, 性别N, 出生N of one place on the cards."""
    write.name(slot, f"姓名{slot}", who, rows)
    sex = take((None, "男", "女"), w.people.sex[who])
    write.draft.columns[f"性别{slot}"] = put(constant(None, len(write.draft)), rows, sex)
    form = pick(w.rng(f"cards/form/{slot}"), [0.8, 0.1, 0.1], len(who))
    for i, text in enumerate(_FORMS):
        some = form == i
        write.birth(slot, f"出生{slot}", who[some], text, rows[some])
    write.draft.mention(slot, who, rows)


def _rest(w: World, rng: np.random.Generator, write: Writer, watcher: Ints, shelters: Text) -> None:
    n = len(watcher)
    monitor = np.where(chance(rng, 0.85, n), watcher, rng.choice(w.adults, n))
    columns = write.draft.columns
    columns["撤离路线"] = join(
        "沿", take(("村道", "水渠", "公路", "山脊小路"), rng.integers(0, 4, n)), "步行至安置点"
    )
    columns["安置点"] = take(shelters, rng.integers(0, len(shelters), n))
    write.name("monitor", "监测责任人", monitor)
    write.phone("monitor", "监测责任人电话", monitor)
    columns["更新时间"] = day_text(w.as_of - rng.integers(30, 200, n), "%Y-%m-%d")
    write.draft.mention("monitor", monitor)
