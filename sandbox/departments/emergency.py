"""Emergency management: hazard sites, shelters, transfers, evacuation cards; warnings are in their
own module.

    World ──> draw_hazards: which village groups a site threatens ──> five feeds

Needs no secret. Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from sandbox.addresses import group_text, write_place
from sandbox.cells import Writer
from sandbox.departments.cards import evacuation_card
from sandbox.departments.warnings import draw_warnings, warning
from sandbox.draft import Addresses, Draft
from sandbox.streams import Ints, chance, pick, sample
from sandbox.text import DAY, NEVER, Text, choose, counts, join, moment_text, number, padded, take
from sandbox.world import World

DEPARTMENT: Final = "emergency"
SITES: Final = 0.002  # per resident
SHELTERS: Final = 0.0008
TRANSFERS: Final = 0.004
TRANSFERS_A_DAY: Final = 0.00005
_KINDS: Final = (
    "landslide",
    "collapse",
    "debris_flow",
    "subsidence",
    "flood",
    "waterlogging",
    "chemical",
)
_KIND_NAMES: Final = ("滑坡", "崩塌", "泥石流", "地面塌陷", "山洪", "内涝", "危化品")


@dataclass(frozen=True)
class Hazards:
    """One entry a site: the village and group that it threatens, its watcher, whether it still
    counts.
    """

    community: Ints
    group: Ints
    watcher: Ints
    active: np.ndarray
    kind: Ints

    def codes(self) -> Text:
        """The unified code of every site."""
        return join("360731", padded(self.kind + 1, 2), padded(np.arange(len(self.kind)) + 1, 4))


def draw_hazards(w: World) -> Hazards:
    """Sites, each over one village group; a group has at most one."""
    rng = w.rng("hazards")
    groups = w.places.groups
    community = np.repeat(np.arange(len(groups)), groups)
    group = np.arange(len(community)) - np.repeat(np.cumsum(groups) - groups, groups) + 1
    n = min(max(4, round(w.residents * SITES)), max(1, len(community) * 2 // 5))
    chosen = np.sort(sample(rng, np.arange(len(community)), n))
    community, group = community[chosen], group[chosen]
    home = w.places.dwellings.community[w.living.living[w.adults]]
    order = np.argsort(home, kind="stable")
    lo, hi = (
        np.searchsorted(home[order], community),
        np.searchsorted(home[order], community, side="right"),
    )
    at = lo + (rng.random(n) * np.maximum(hi - lo, 1)).astype(np.int64)
    watcher = w.adults[order[np.minimum(at, len(order) - 1)]]
    return Hazards(
        community, group, watcher, chance(rng, 0.92, n), pick(rng, [45, 20, 5, 5, 20, 4, 1], n)
    )


def emergency(w: World) -> Iterator[Draft]:
    """The five feeds of emergency management."""
    hazards = draw_hazards(w)
    alerts = draw_warnings(w)
    shelters = shelter(w)
    yield hazard_site(w, hazards)
    yield warning(w, alerts)
    yield shelters
    yield transfer_record(w, hazards, alerts.ids, alerts.sent, shelters.columns["shelterId"])
    yield evacuation_card(
        w,
        hazards.community,
        hazards.group,
        hazards.codes(),
        hazards.watcher,
        shelters.columns["name"],
    )


def hazard_site(w: World, h: Hazards) -> Draft:
    """One row a site."""
    rng = w.rng("hazard_site")
    n = len(h.kind)
    d, names = w.places.dwellings, w.places.place_names
    draft = Draft(DEPARTMENT, "hazard_site", ("unifiedCode",), np.zeros(n, dtype=np.int64))
    people = _people_in(w, h)
    first = np.searchsorted(d.community[w.places.rural()], h.community)
    house = w.places.rural()[np.minimum(first, len(w.places.rural()) - 1)]
    place = join(take(names.full, h.community), group_text(w.places, h.community, h.group))
    lon, lat = d.lon[house] + h.group * 0.001, d.lat[house] + h.group * 0.0007
    degrees = chance(rng, 0.2, n)
    write = Writer(w, draft)
    draft.columns = {
        "unifiedCode": h.codes(),
        "name": join(place, take(_KIND_NAMES, h.kind), "点"),
        "kind": take(_KINDS, h.kind),
        "town": take(names.town, h.community),
        "village": take(names.full, h.community),
        "location": join(
            place, take(("屋背山坡", "河岸", "路边高坎", "水库下游"), rng.integers(0, 4, n))
        ),
        "lon": choose(degrees, _degrees(lon), number(np.round(lon, 5))),
        "lat": choose(degrees, _degrees(lat), number(np.round(lat, 5))),
        "radiusM": counts(rng.integers(3, 40, n) * 10),
        "threatenedPeople": counts(people),
        "threatenedAssets": pa.array(np.round(people * rng.uniform(0.5, 6, n), 1)),
        "level": take(
            ("small", "medium", "large", "huge"), np.searchsorted((30, 100, 500), people)
        ),
        "state": choose(h.active, "active", "cancelled"),
    }
    write.name("watcher", "watcherName", h.watcher)
    write.phone("watcher", "watcherPhone", h.watcher)
    write.stamp("watcher", "modifyTime", w.moment(rng, w.as_of - rng.integers(0, 900, n)), iso=True)
    draft.mention("watcher", h.watcher)
    for day in range(1, w.days + 1):
        rows = np.unique(rng.integers(0, n, max(1, n // 60)))
        moment = w.moment(rng, np.full(len(rows), w.as_of + day))
        draft.patch(
            day,
            rows,
            {
                "threatenedPeople": counts(people[rows] + rng.integers(0, 4, len(rows))),
                "modifyTime": moment_text(moment),
            },
        )
    return draft


def _people_in(w: World, h: Hazards) -> Ints:
    """How many live in each site's group."""
    d, home = w.places.dwellings, w.living.living[w.here]
    home = home[d.compound[home] < 0]
    key = d.community[home] * 100 + d.group[home]
    count = np.bincount(key, minlength=(len(w.places.communities) + 1) * 100)
    return np.asarray(count[h.community * 100 + h.group])


def _degrees(value: np.ndarray) -> Text:
    seconds = np.round(value * 3600).astype(np.int64)
    return join(
        number(seconds // 3600),
        "°",
        padded(seconds // 60 % 60, 2),
        "′",
        padded(seconds % 60, 2),
        "″",
    )


def shelter(w: World) -> Draft:
    """One row a shelter; its occupation changes from day to day."""
    rng = w.rng("shelter")
    n = max(4, round(w.residents * SHELTERS))
    homes = np.concatenate([w.places.urban(), w.places.rural()])
    near = homes[rng.integers(0, len(homes), n)]
    d, names = w.places.dwellings, w.places.place_names
    draft = Draft(DEPARTMENT, "shelter", ("shelterId",), np.zeros(n, dtype=np.int64))
    write = Writer(w, draft)
    kind = pick(rng, [5, 3, 2], n)
    written = write_place(w, rng, near)
    manager = rng.choice(w.adults, n)
    capacity = rng.integers(3, 60, n) * 10
    draft.columns = {
        "shelterId": join("BN360731", padded(np.arange(n) + 1, 4)),
        "name": join(
            take(names.full, d.community[near]),
            take(("学校", "村委会", "文化广场"), kind),
            "避难场所",
            number(np.arange(n) + 1),
        ),
        "address": written.text,
        "lon": pa.array(np.round(d.lon[near], 6)),
        "lat": pa.array(np.round(d.lat[near], 6)),
        "kind": take(("school", "village_office", "square"), kind),
        "capacity": counts(capacity),
        "occupied": counts(np.where(chance(rng, 0.2, n), capacity // 8, 0)),
    }
    draft.addresses.append(Addresses("address", np.arange(n), written.dwelling, written.level))
    write.name("manager", "managerName", manager)
    write.phone("manager", "managerPhone", manager)
    draft.columns["state"] = take(("open", "ready", "closed"), pick(rng, [2, 7, 1], n))
    write.stamp("manager", "updatedAt", w.moment(rng, w.as_of - rng.integers(0, 400, n)), iso=True)
    draft.mention("manager", manager)
    for day in range(1, w.days + 1):
        rows = np.unique(rng.integers(0, n, max(1, n // 12)))
        moment = w.moment(rng, np.full(len(rows), w.as_of + day))
        draft.patch(
            day,
            rows,
            {"occupied": counts(rng.integers(0, capacity[rows])), "updatedAt": moment_text(moment)},
        )
    return draft


def transfer_record(w: World, h: Hazards, warnings: Text, sent: Ints, shelters: Text) -> Draft:
    """One row a family that was brought to safety under a warning."""
    rng = w.rng("transfer")
    d, home = w.places.dwellings, w.living.living
    threatened = np.zeros((len(w.places.communities), 100), dtype=bool)
    threatened[h.community, h.group] = True
    adults = w.adults[d.compound[home[w.adults]] < 0]
    adults = adults[threatened[d.community[home[adults]], d.group[home[adults]]]]
    appears = w.arrivals(rng, w.residents * TRANSFERS_A_DAY, max(4, round(w.residents * TRANSFERS)))
    n = len(appears)
    who = adults[rng.integers(0, len(adults), n)]
    draft = Draft(DEPARTMENT, "transfer_record", ("transferId",), appears)
    day = np.where(appears > 0, w.as_of + appears, w.as_of - rng.integers(1, 90, n))
    began = w.moment(rng, day)
    under = np.maximum(np.searchsorted(sent, began) - 1, 0)
    ended = began + rng.integers(1, 4, n) * DAY
    people = np.bincount(home[w.here], minlength=len(d))
    write = Writer(w, draft)
    draft.columns["transferId"] = join("ZY", padded(rng.permutation(n) + 1, 8))
    draft.columns["warningId"] = take(warnings, under)
    write.name("head", "headName", who)
    write.phone("head", "headPhone", who)
    write.address("head", "address", home[who])
    done = ended // DAY <= w.as_of + appears
    draft.columns |= {
        "peopleMoved": counts(people[home[who]]),
        "shelterId": take(shelters, rng.integers(0, len(shelters), n)),
        "beganAt": moment_text(began),
        "endedAt": moment_text(np.where(done, ended, NEVER)),
    }
    write.stamp("head", "updatedAt", np.where(done, ended, began), iso=True)
    draft.mention("head", who)
    for later in range(1, w.days + 1):
        rows = np.flatnonzero((ended // DAY == w.as_of + later) & ~done)
        draft.patch(
            later,
            rows,
            {"endedAt": moment_text(ended[rows]), "updatedAt": moment_text(ended[rows])},
        )
    return draft
