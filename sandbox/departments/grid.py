"""Divisions down to buildings, and the workers in charge of grids, buildings and units.

    Places ──> division; adults ──> draw_workers ──> grid_worker

Needs no secret. Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sandbox.cells import Writer
from sandbox.divisions import COUNTY_CODE, COUNTY_NAME, TOWNS
from sandbox.draft import Draft
from sandbox.streams import Ints, chance, sample
from sandbox.text import Text, concat, constant, day_text, join, number, padded, take, timestamps
from sandbox.world import World

DEPARTMENT: Final = "community"
BUILDING_HEADS: Final = 0.5  # of the buildings have one
UNIT_HEADS: Final = 0.4  # of those have unit heads


def building_codes(w: World) -> tuple[Text, Ints, Ints]:
    """The code of every building, its compound and its number."""
    count = w.places.compounds.buildings
    compound = np.repeat(np.arange(len(count)), count)
    building = np.arange(len(compound)) - np.repeat(np.cumsum(count) - count, count) + 1
    codes = w.places.compound_codes()
    return join(take(codes, compound), "B", padded(building, 3)), compound, building


def division(w: World) -> Draft:
    """One row a division: county, 24 towns, communities, grids, compounds, buildings."""
    rng = w.rng("division")
    places, c = w.places, w.places.compounds
    grids, compounds = places.grid_codes(), places.compound_codes()
    buildings, compound, building = building_codes(w)
    towns, names = list(TOWNS), places.place_names
    n_town, n_comm, n_grid, n_comp, n_build = (
        len(towns),
        len(places.communities),
        len(grids),
        len(compounds),
        len(buildings),
    )
    sizes = [1, n_town, n_comm, n_grid, n_comp, n_build]
    n = sum(sizes)
    comm_codes = take([x.code for x in places.communities], np.arange(n_comm))
    draft = Draft(DEPARTMENT, "division", ("code",), np.zeros(n, dtype=np.int64))
    nothing = [constant(None, size) for size in sizes]
    parents = [
        nothing[0],
        constant(COUNTY_CODE, n_town),
        take([TOWNS[x.town] for x in places.communities], np.arange(n_comm)),
        take([x.code for x in places.communities], places.grid_community),
        take(grids, c.grid),
        take(compounds, compound),
    ]
    units = take([f"{x.name}网格工作站" for x in places.communities], places.grid_community)
    polygons = [*nothing[:3], _boxes(w), *nothing[4:]]
    since = np.datetime64("2019-01-01").astype(int) + rng.integers(0, 1500, n)
    draft.columns = {
        "code": concat(
            [
                constant(COUNTY_CODE, 1),
                take(list(TOWNS.values()), np.arange(n_town)),
                comm_codes,
                grids,
                compounds,
                buildings,
            ]
        ),
        "parent_code": concat(parents),
        "kind": take(
            ("county", "town", "community", "grid", "compound", "building"),
            np.repeat(np.arange(6), sizes),
        ),
        "name": concat(
            [
                constant(COUNTY_NAME, 1),
                take(towns, np.arange(n_town)),
                names.full,
                join("第", number(places.grid_number), "网格"),
                c.names,
                join(number(building), "栋"),
            ]
        ),
        "alias": concat([*nothing[:2], names.old, nothing[3], c.aliases, nothing[5]]),
        "unit_in_charge": concat([*nothing[:3], units, *nothing[4:]]),
        "valid_from": take(_days(since), np.arange(n)),
        "valid_to": constant(None, n),
        "polygon": concat(polygons),
    }
    moment = w.moment(rng, w.as_of - rng.integers(1, 900, n))
    Writer(w, draft).stamp("", "updated_at", moment, iso=False)
    for rename in w.events.renames:
        row = np.array([1 + n_town + rename.community])
        at = timestamps(w.moment(rng, np.array([w.as_of + rename.day])))
        old = take(names.full, np.array([rename.community]))
        draft.patch(
            rename.day, row, {"name": constant(rename.name, 1), "alias": old, "updated_at": at}
        )
    return draft


def _days(days: Ints) -> Text:
    return day_text(days, "%Y-%m-%d")


def _boxes(w: World) -> Text:
    """A square around the homes of a grid, as WKT."""
    d = w.places.dwellings
    n = len(w.places.grid_number)
    count = np.maximum(np.bincount(d.grid, minlength=n), 1)
    lon, lat = (np.bincount(d.grid, weights=a, minlength=n) / count for a in (d.lon, d.lat))
    texts = []
    for x, y in zip(lon.tolist(), lat.tolist(), strict=True):
        corners = (
            (x - 0.004, y - 0.004),
            (x + 0.004, y - 0.004),
            (x + 0.004, y + 0.004),
            (x - 0.004, y + 0.004),
        )
        ring = ", ".join(f"{a:.5f} {b:.5f}" for a, b in (*corners, corners[0]))
        texts.append(f"POLYGON (({ring}))")
    return take(texts, np.arange(n))


@dataclass(frozen=True)
class Workers:
    """One entry an appointment: who, with which number, over which scope; `of_grid` is each grid's
    first worker.
    """

    who: Ints
    number: Ints
    role: Ints
    scope: Text
    of_grid: Ints
    numbers: Text


def draw_workers(w: World) -> Workers:
    """A worker or two a grid, who live in the community where anybody does; heads of buildings and
    units.
    """
    rng = w.rng("workers")
    places, d = w.places, w.places.dwellings
    n_grid = len(places.grid_number)
    grid = np.concatenate([np.arange(n_grid), np.flatnonzero(chance(rng, 0.3, n_grid))])
    codes, compound, _building = building_codes(w)
    headed = np.flatnonzero(chance(rng, BUILDING_HEADS, len(codes)))
    units = np.where(places.compounds.unit_named, places.compounds.units, 0)[compound[headed]]
    unit_of = np.repeat(headed[chance(rng, UNIT_HEADS, len(headed)) & (units > 0)], 1)
    people = sample(rng, w.adults, len(grid) + len(headed) + len(unit_of))
    home = d.community[w.living.living[people]]
    # neighbours first: sort both sides by community, so that most workers serve where they live
    people = people[np.argsort(home, kind="stable")]
    area = np.concatenate(
        [
            places.grid_community[grid],
            places.compounds.community[compound[headed]],
            places.compounds.community[compound[unit_of]],
        ]
    )
    place = np.empty(len(area), dtype=np.int64)
    place[np.argsort(area, kind="stable")] = np.arange(len(area))
    who = people[np.minimum(place, len(people) - 1)]
    scope = concat(
        [take(places.grid_codes(), grid), take(codes, headed), join(take(codes, unit_of), "U1")]
    )
    role = np.repeat([0, 1, 2], [len(grid), len(headed), len(unit_of)])
    return Workers(
        who,
        np.arange(len(who)) + 1,
        role,
        scope,
        np.arange(n_grid),
        worker_no(np.arange(len(who)) + 1),
    )


def worker_no(serial: Ints) -> Text:
    """The number of a worker."""
    return join("WG", padded(serial, 6))


def grid_worker(w: World, workers: Workers) -> Draft:
    """One row an appointment; on later days a few end and others take over."""
    rng = w.rng("grid_worker")
    base = len(workers.who)
    daily = max(1, base // 400) if w.days else 0
    leaving = sample(rng, np.arange(base), daily * w.days)
    day = np.arange(len(leaving)) % max(w.days, 1) + 1
    who = np.concatenate([workers.who, rng.choice(w.adults, len(leaving))])
    scope_row = np.concatenate([np.arange(base), leaving])
    appears = np.concatenate([np.zeros(base, dtype=np.int64), day])
    n = len(who)
    draft = Draft(DEPARTMENT, "grid_worker", ("worker_no", "scope_code", "role"), appears)
    write = Writer(w, draft)
    began = np.where(appears > 0, w.as_of + appears, w.as_of - rng.integers(100, 1500, n))
    draft.columns["worker_no"] = worker_no(np.arange(n) + 1)
    write.name("worker", "name", who)
    write.phone("worker", "phone", who)
    draft.columns["role"] = take(
        ("grid_worker", "building_head", "unit_head"), workers.role[scope_row]
    )
    draft.columns["scope_code"] = take(workers.scope, scope_row)
    ended = np.where((appears == 0) & chance(rng, 0.03, n), w.as_of - 20, -(10**9))
    draft.columns["valid_from"], draft.columns["valid_to"] = _days(began), _days(ended)
    write.stamp("worker", "updated_at", w.moment(rng, np.maximum(began, ended)), iso=False)
    draft.mention("worker", who)
    for d in range(1, w.days + 1):
        rows = leaving[day == d]
        moment = w.moment(rng, np.full(len(rows), w.as_of + d))
        draft.patch(
            d,
            rows,
            {"valid_to": _days(np.full(len(rows), w.as_of + d)), "updated_at": timestamps(moment)},
        )
    return draft
