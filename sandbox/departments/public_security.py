"""Public security: the resident register with its versions, floating population, rentals,
foreigners, addresses.

    World ──> T_CZRK (register.py), T_BZDZ, T_LDRK, T_CZFW, T_JWRY

Needs no secret. Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa

from sandbox.addresses import group_text, standard_text
from sandbox.cells import Writer
from sandbox.departments.register import resident_register
from sandbox.divisions import STREETS
from sandbox.draft import Draft
from sandbox.names import names
from sandbox.places import LANDMARKS
from sandbox.population import FLOATING, FOREIGN, PAPERS
from sandbox.streams import Ints, chance, pick, sample
from sandbox.text import (
    DAY,
    NEVER,
    choose,
    concat,
    constant,
    counts,
    day_text,
    fixed,
    join,
    number,
    padded,
    put,
    take,
    timestamps,
    words,
)
from sandbox.world import World

DEPARTMENT: Final = "public_security"
RETIRED_SHARE: Final = 0.02  # of standard addresses: retired, or merged into another
RENEWALS_A_DAY: Final = 0.01  # of floating registrations
NEW_RENTALS_A_DAY: Final = 0.004
EMPTY_LETTINGS: Final = 0.12  # lettings in force where nobody is registered


def public_security(w: World) -> Iterator[Draft]:
    """The five feeds of public security."""
    yield resident_register(w)
    yield standard_address(w)
    yield floating_population(w)
    yield rental_housing(w)
    yield foreign_resident(w)


def standard_address(w: World) -> Draft:
    """One row a dwelling, and old addresses that were merged into one or retired."""
    rng = w.rng("standard_address")
    d, places = w.places.dwellings, w.places
    n = len(d)
    old = sample(rng, np.arange(n), round(n * RETIRED_SHARE))
    dwelling = np.concatenate([np.arange(n), old])
    merged = np.arange(len(dwelling)) >= n
    draft = Draft(
        DEPARTMENT, "standard_address", ("BZDZID",), np.zeros(len(dwelling), dtype=np.int64)
    )
    retired = np.where(merged, rng.integers(0, 5, len(dwelling)) == 0, False)
    community, compound = d.community[dwelling], np.maximum(d.compound[dwelling], 0)
    urban = d.compound[dwelling] >= 0
    c = places.compounds
    names_ = places.place_names
    draft.columns = {
        "BZDZID": concat([places.ids, join("OLD", places.ids.take(pa.array(old)))]),
        "XZJD": take(names_.town, community),
        "SQC": _old_where(w, merged, community),
        "WGBM": take(places.grid_codes(), d.grid[dwelling]),
        "JLX": choose(
            urban,
            take(STREETS, c.street[compound]),
            group_text(places, community, d.group[dwelling]),
        ),
        "MPH": _door(w, dwelling, urban, compound),
        "XQMC": choose(urban, take(c.names, compound), None),
        "LD": choose(urban, join(number(d.building[dwelling]), "栋"), None),
        "DY": choose(urban & (d.unit[dwelling] > 0), join(number(d.unit[dwelling]), "单元"), None),
        "LC": counts(np.where(urban, d.floor[dwelling], -1)),
        "SH": choose(urban, join(number(d.room[dwelling]), "室"), None),
        "DZQC": standard_text(w, dwelling, None),
        "JD": pa.array(np.round(d.lon[dwelling], 6)),
        "WD": pa.array(np.round(d.lat[dwelling], 6)),
        "DTBZ": choose(d.lift[dwelling], "1", "0"),
        "ZLC": counts(d.floors[dwelling]),
        "ZT": choose(merged, choose(retired, "0", "2"), "1"),
        "HBZ": choose(merged & ~retired, take(places.ids, dwelling), None),
    }
    moment = w.moment(rng, w.as_of - rng.integers(0, 1500, len(dwelling)))
    Writer(w, draft).stamp("", "GXSJ", moment, iso=False)
    _rename(w, draft, dwelling, community)
    return draft


def _old_where(w: World, merged: np.ndarray, community: Ints) -> pa.Array:
    names_ = w.places.place_names
    return choose(
        merged & names_.has_old[community],
        take(names_.old, community),
        take(names_.full, community),
    )


def _door(w: World, dwelling: Ints, urban: np.ndarray, compound: Ints) -> pa.Array:
    door = np.where(urban, w.places.compounds.door[compound], w.places.dwellings.door[dwelling])
    return choose(
        door > 0, join(number(door), "号"), take(LANDMARKS, w.places.dwellings.landmark[dwelling])
    )


def _rename(w: World, draft: Draft, dwelling: Ints, community: Ints) -> None:
    """A renamed village's addresses change name on the day."""
    for rename in w.events.renames:
        rows = np.flatnonzero(community == rename.community)
        renamed = w.places.place_names.full.to_pylist()
        renamed[rename.community] = rename.name
        moment = w.moment(w.rng("rename"), np.full(len(rows), w.as_of + rename.day))
        draft.patch(
            rename.day,
            rows,
            {
                "SQC": constant(rename.name, len(rows)),
                "DZQC": standard_text(w, dwelling[rows], pa.array(renamed)),
                "GXSJ": timestamps(moment),
            },
        )


def floating_population(w: World) -> Draft:
    """One row a registration: current ones, expired ones of the same people, and renewals on later
    days.
    """
    rng = w.rng("floating")
    p = w.people
    people = np.flatnonzero(np.isin(p.kind, (FLOATING, PAPERS)))
    earlier = sample(rng, people, round(len(people) * 0.08))
    renewed = sample(rng, people, round(len(people) * RENEWALS_A_DAY) * w.days)
    who = np.concatenate([people, earlier, renewed])
    first = np.arange(len(renewed)) % max(w.days, 1) + 1
    appears = np.concatenate([np.zeros(len(people) + len(earlier), dtype=np.int64), first])
    n = len(who)
    draft = Draft(DEPARTMENT, "floating_population", ("DJBH",), appears)
    past = (np.arange(n) >= len(people)) & (appears == 0)
    began = w.as_of - rng.integers(3, 330, n) - np.where(past, 400, 0)
    began = np.where(appears > 0, w.as_of + appears, began)
    permit = chance(rng, 0.6, n) | (appears > 0)
    serial = padded(rng.permutation(n) + 100_000, 8)
    write = Writer(w, draft)
    draft.columns["DJBH"] = join("LD360731", serial)
    _papers(w, write, who)
    write.name("self", "XM", who)
    draft.columns["XBDM"] = number(p.sex[who])
    write.birth("self", "CSRQ", who, "%Y%m%d")
    home = np.where(p.kind[who] == PAPERS, who % 3, 3)
    draft.columns |= {
        "MZDM": padded(p.ethnic[who], 2),
        "HJDXZQH": choose(
            home == 3, fixed(p.number[who][:, :6]), take(("810000", "820000", "710000", None), home)
        ),
        "LRYYDM": take(
            ("01", "03", "04", "05", "06", "07", "08", "09", "99"),
            pick(rng, [60, 12, 4, 4, 10, 1, 5, 3, 1], n),
        ),
        "JZZLX": choose(permit, take(("01", "02"), pick(rng, [0.85, 0.15], n)), None),
        "JZZBH": choose(permit, join("JZ", serial), None),
        "DJRQ": day_text(began, "%Y%m%d"),
        "JZZYXQ": choose(permit, day_text(began + 365, "%Y%m%d"), None),
    }
    home_row = w.living.living[who]
    _residence(w, write, rng, home_row)
    rental = np.full(len(w.places.dwellings), -1, dtype=np.int64)
    rental[w.living.rentals] = np.arange(len(w.living.rentals))
    code = np.where(chance(rng, 0.75, n), rental[home_row], -1)
    draft.columns["FWBH"] = choose(code >= 0, rental_code(code), None)
    write.phone("self", "LXDH", who)
    draft.columns["ZTDM"] = choose(past, "22", choose(permit, "12", "10"))
    write.stamp(
        "self",
        "GXSJ",
        np.minimum(w.moment(rng, began), (w.as_of + appears) * DAY + 70_000),
        iso=False,
    )
    draft.mention("self", who)
    foreign = np.flatnonzero(p.kind[who] == PAPERS)
    draft.spoil("foreign_papers", "self", "ZJHM", foreign)
    row_of = np.full(len(p), -1, dtype=np.int64)
    row_of[people] = np.arange(len(people))
    _void_renewed(w, draft, row_of[renewed], first)
    return draft


def _void_renewed(w: World, draft: Draft, rows: Ints, day: Ints) -> None:
    for d in range(1, w.days + 1):
        at = rows[day == d]
        moment = w.moment(w.rng(f"void/{d}"), np.full(len(at), w.as_of + d))
        draft.patch(d, at, {"ZTDM": constant("22", len(at)), "GXSJ": timestamps(moment)})


def _papers(w: World, write: Writer, who: Ints) -> None:
    """Type and number of the identity document."""
    papers = np.flatnonzero(w.people.kind[who] == PAPERS)
    write.id_no("self", "ZJHM", who)
    columns = write.draft.columns
    columns["ZJHM"] = put(columns["ZJHM"], papers, take(w.paper_numbers, who[papers]))
    kind = constant("111", len(who))
    columns["ZJLXDM"] = put(kind, papers, choose(who[papers] % 3 == 2, "511", "516"))


def _residence(w: World, write: Writer, rng: np.random.Generator, home: Ints) -> None:
    """Where they live, in words and often as a standard address."""
    write.address("self", "JZDZ", home)
    known = (home >= 0) & chance(rng, 0.55, len(home))
    write.draft.columns["BZDZID"] = take(w.places.ids, np.where(known, home, -1))


def rental_code(row: Ints) -> pa.Array:
    """The code (FWBH) of a letting."""
    return join("CZ360731", padded(np.maximum(row, 0), 8))


def rental_housing(w: World) -> Draft:
    """One row a letting: rented rooms of newcomers, empty ones, ended ones, and new ones on later
    days.
    """
    rng = w.rng("rental_housing")
    rented = w.living.rentals
    vacant = rng.permutation(w.living.vacant)
    n_empty, n_ended = round(len(rented) * EMPTY_LETTINGS), round(len(rented) * 0.15)
    n_new = max(1, round(len(rented) * NEW_RENTALS_A_DAY)) * w.days
    others = vacant[np.arange(n_empty + n_ended + n_new) % max(len(vacant), 1)]
    dwelling = np.concatenate([rented, others])
    n = len(dwelling)
    appears = np.zeros(n, dtype=np.int64)
    appears[n - n_new :] = np.arange(n_new) % max(w.days, 1) + 1
    ended = np.zeros(n, dtype=bool)
    ended[len(rented) + n_empty : len(rented) + n_empty + n_ended] = True
    draft = Draft(DEPARTMENT, "rental_housing", ("FWBH",), appears)
    landlord = rng.choice(w.adults, n)
    people = np.bincount(w.living.living[w.here], minlength=len(w.places.dwellings))[dwelling]
    began = np.where(appears > 0, w.as_of + appears, w.as_of - rng.integers(30, 1200, n))
    write = Writer(w, draft)
    draft.columns["FWBH"] = rental_code(np.arange(n))
    draft.columns["BZDZID"] = take(w.places.ids, np.where(chance(rng, 0.6, n), dwelling, -1))
    write.address("self", "DZMC", dwelling)
    write.name("landlord", "FZXM", landlord)
    write.id_no("landlord", "FZZJHM", landlord)
    write.phone("landlord", "FZLXDH", landlord)
    draft.columns |= {
        "CZYT": take(("02", "01", "03", "99"), pick(rng, [0.9, 0.05, 0.03, 0.02], n)),
        "AQYH": take(("00", "01", "02", "03", "04"), pick(rng, [0.8, 0.05, 0.1, 0.04, 0.01], n)),
        "DJRS": counts(np.where(ended, 0, people)),
        "CZKSRQ": day_text(began, "%Y%m%d"),
        "CZJSRQ": choose(
            ended,
            day_text(np.minimum(began + rng.integers(30, 700, n), w.as_of - 1), "%Y%m%d"),
            None,
        ),
    }
    write.stamp(
        "self",
        "GXSJ",
        w.moment(rng, np.minimum(began + rng.integers(0, 25, n), w.as_of + appears)),
        iso=False,
    )
    draft.mention("landlord", landlord)
    return draft


_SURNAMES: Final = words(
    "SMITH JOHNSON NGUYEN TRAN LEE KIM TANAKA SATO MULLER IVANOV SILVA KHAN ALI SINGH BROWN"
    " GARCIA OKAFOR MENSAH"
)
_GIVEN: Final = words(
    "JOHN MARY VAN THI MIN JUN YUKI HANS OLGA JOSE AHMED FATIMA RAJ DAVID ANNA PETER LINDA KWAME"
)
_NATIONS: Final = (
    "VNM",
    "USA",
    "KOR",
    "JPN",
    "DEU",
    "RUS",
    "BRA",
    "PAK",
    "IND",
    "NGA",
    "GHA",
    "GBR",
    "MYS",
    "THA",
)


def foreign_resident(w: World) -> Draft:
    """One row a registration of a person with a foreign passport."""
    rng = w.rng("foreign")
    p = w.people
    who = np.flatnonzero(p.kind == FOREIGN)
    n = len(who)
    later = np.arange(n) >= n - min(w.days, n // 4)
    appears = np.where(later, np.arange(n) % max(w.days, 1) + 1, 0)
    draft = Draft(DEPARTMENT, "foreign_resident", ("DJBH",), appears)
    write = Writer(w, draft)
    # careless: a Chinese name is left out that everybody else writes, a stay goes on past its plan
    spared = w.dirt.spares(w.rng("foreign/spares"), n)
    draft.columns = {
        "DJBH": join("JW360731", padded(np.arange(n) + 10_000, 6)),
        "ZJLXDM": take(("414", "554"), pick(rng, [0.85, 0.15], n)),
        "ZJHM": take(w.paper_numbers, who),
        "YWX": take(_SURNAMES, who % len(_SURNAMES)),
        "YWM": take(_GIVEN, who * 7 % len(_GIVEN)),
        "ZWXM": choose(chance(rng, 0.4, n) | spared, names(p.surname[who], p.given[who]), None),
        "GJDM": take(
            _NATIONS, pick(rng, [(len(_NATIONS) - k) ** 1.5 for k in range(len(_NATIONS))], n)
        ),
    }
    write.birth("self", "CSRQ", who, "%Y%m%d")
    draft.columns["XBDM"] = number(p.sex[who])
    write.address("self", "JZDZ", w.living.living[who])
    write.phone("self", "LXDH", who)
    came = np.where(appears > 0, w.as_of + appears, w.as_of - rng.integers(1, 300, n))
    leaves = np.where(chance(rng, 0.8, n), came + rng.integers(20, 400, n), NEVER)
    leaves += np.where(spared & (leaves != NEVER) & (leaves < w.as_of + w.days), 400, 0)
    draft.columns["NLKRQ"] = day_text(leaves, "%Y%m%d")
    write.stamp("self", "GXSJ", w.moment(rng, came), iso=False)
    draft.mention("self", who)
    draft.spoil("foreign_papers", "self", "ZJHM", np.arange(n))
    return draft
