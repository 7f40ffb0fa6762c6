"""Addresses as clerks write them, and which dwelling each text still means.

    dwelling rows ──(structure damages, writing damages)──> text, level, dwelling (or -1 where the
            text settles none)

Level codes: 0 room, 1 unit, 2 building, 3 compound, 4 community, -1 none. Needs no secret.
Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa

from sandbox.divisions import STREETS
from sandbox.places import GROUP_NAMES, LANDMARKS, PlaceNames, Places
from sandbox.streams import Ints, Mask, chance, pick
from sandbox.text import Text, choose, constant, join, number, take
from sandbox.world import World

ROOM, UNIT, BUILDING, COMPOUND, COMMUNITY, NONE = 0, 1, 2, 3, 4, -1
LEVELS: Final = ("room", "unit", "building", "compound", "community")
_TABLE: Final = 10_000
_SPOTS: Final = (
    "路段",
    "路口",
    "桥头",
    "菜市场旁",
    "公交站旁",
    "河堤边",
    "垃圾站旁",
    "停车场",
    "水塘边",
    "晒场",
)


@dataclass(frozen=True)
class Written:
    """Texts with their truth; `damages` gives the rows of each kind."""

    text: Text
    level: Ints
    dwelling: Ints
    damages: Mapping[str, Ints]


@cache
def _numerals() -> Text:
    """Numbers up to 9999 in ASCII, full-width and Chinese digits, one after the other."""
    plain = [str(i) for i in range(_TABLE)]
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    chinese = str.maketrans("0123456789", "〇一二三四五六七八九")
    tens = [_chinese(i) for i in range(100)]
    return pa.array(
        plain
        + [p.translate(wide) for p in plain]
        + tens
        + [p.translate(chinese) for p in plain[100:]]
    )


def _chinese(value: int) -> str:
    figures = "零一二三四五六七八九"
    tens, ones = divmod(value, 10)
    if not tens:
        return figures[ones]
    return ("" if tens == 1 else figures[tens]) + "十" + (figures[ones] if ones else "")


def group_text(places: Places, community: Ints, group: Ints) -> Text:
    """The group of a village as the register of addresses names it (null in towns)."""
    named = places.group_named[community]
    return choose(
        group > 0,
        choose(
            named,
            take(GROUP_NAMES, (group - 1) % len(GROUP_NAMES)),
            join(number(np.maximum(group, 0)), "组"),
        ),
        None,
    )


def write(
    w: World, rng: np.random.Generator, feed: str, dwelling: Ints, formal: bool = False
) -> Written:
    """The addresses of dwellings as this feed would hold them (rows of Places.dwellings)."""
    d, names = w.places.dwellings, w.places.place_names
    row = _Row(w.places, dwelling)
    n = len(dwelling)
    structure = w.dirt.draw(rng, feed, "place", _able_structure(names, row, d.floors[dwelling]), n)
    cut = _Hit(structure, {}, n)
    whole = ~(
        cut["addr_only_building"]
        | cut["addr_only_compound"]
        | cut["addr_only_community"]
        | cut["addr_bare_name"]
    )
    style = w.dirt.draw(rng, feed, "writing", _able_writing(row, whole), n)
    hit = _Hit(structure, style, n)
    town = ~hit["addr_no_town"] & ~hit["addr_same_name_place"]
    community = ~(hit["addr_no_community"] | hit["addr_same_name_place"])
    street = row.urban & (hit["addr_no_compound"] | (formal | chance(rng, 0.2, n)))
    compound = row.urban & ~hit["addr_no_compound"]
    settled = _settled(names, row, hit, town, community, compound, street)
    level = _level(row, hit)
    text = join(
        _prefix(rng, n, formal),
        choose(town, take(names.town, row.community), None),
        choose(community, _community_text(names, row, hit), None),
        choose(
            row.urban, _urban_tail(w, rng, row, hit, compound, street), _rural_tail(w, row, hit)
        ),
    )
    level = np.where(settled, level, NONE)
    exact = (level == ROOM) & settled
    return Written(text, level, np.where(exact, dwelling, -1), {**structure, **style})


class _Row:
    """The parts of each dwelling."""

    def __init__(self, places: Places, dwelling: Ints) -> None:
        d = places.dwellings
        self.community, self.compound = d.community[dwelling], d.compound[dwelling]
        self.urban = self.compound >= 0
        self.building, self.unit, self.room = (
            d.building[dwelling],
            d.unit[dwelling],
            d.room[dwelling],
        )
        self.floors = d.floors[dwelling]
        self.group, self.door, self.landmark = (
            d.group[dwelling],
            d.door[dwelling],
            d.landmark[dwelling],
        )
        self.home = d.kind[dwelling] == 0
        self.numbered = ~places.group_named[self.community]


class _Hit:
    """Masks of the damages by kind."""

    def __init__(self, structure: Mapping[str, Ints], style: Mapping[str, Ints], n: int) -> None:
        self._rows, self._n = {**structure, **style}, n

    def __getitem__(self, kind: str) -> Mask:
        mask = np.zeros(self._n, dtype=bool)
        mask[self._rows.get(kind, np.zeros(0, dtype=np.int64))] = True
        return mask


def _able_structure(names: PlaceNames, row: _Row, floors: Ints) -> dict[str, Mask]:
    c = np.maximum(row.compound, 0)
    return {
        "addr_no_community": row.urban,
        "addr_no_compound": row.urban & row.home,
        "addr_old_community": names.has_old[row.community],
        "addr_compound_alias": row.urban & names.has_alias[c],
        "addr_same_name_place": row.urban & ~names.compound_unique[c],
        "addr_bare_name": names.bare_shared[row.community],
        "addr_floor_too_high": row.urban & (floors < 30),
        "addr_only_building": row.urban,
        "addr_only_compound": row.urban,
    }


def _able_writing(row: _Row, whole: Mask) -> dict[str, Mask]:
    return {
        "addr_building_word": whole & row.urban,
        "addr_unit_word": whole & row.urban & (row.unit > 0),
        "addr_room_word": whole & row.urban,
        "addr_dashes": whole & row.urban,
        "addr_fullwidth": whole,
        "addr_chinese_numerals": whole,
        "addr_group_word": whole & ~row.urban & row.numbered,
    }


def _settled(
    names: PlaceNames,
    row: _Row,
    hit: _Hit,
    town: Mask,
    community: Mask,
    compound: Mask,
    street: Mask,
) -> Mask:
    c = np.maximum(row.compound, 0)
    by_community = community & (town | names.full_unique[row.community]) & ~hit["addr_bare_name"]
    unique = names.compound_unique[c] | (town & names.compound_unique_in_town[c])
    by_compound = compound & unique & ~hit["addr_only_community"]
    return np.asarray(by_community | by_compound | (street & ~hit["addr_only_community"]))


def _level(row: _Row, hit: _Hit) -> Ints:
    level = np.zeros(len(row.community), dtype=np.int64)
    level[hit["addr_only_building"]] = BUILDING
    level[hit["addr_only_compound"]] = COMPOUND
    level[hit["addr_only_community"]] = COMMUNITY
    high = hit["addr_floor_too_high"]
    return np.where(high, np.where(row.unit > 0, UNIT, BUILDING), level)


def _prefix(rng: np.random.Generator, n: int, formal: bool) -> Text:
    if formal:
        return constant("江西省赣州市于都县", n)
    forms = ("江西省赣州市于都县", "江西省于都县", "于都县", None)
    return take(forms, pick(rng, [0.25, 0.15, 0.3, 0.3], n))


def _community_text(names: PlaceNames, row: _Row, hit: _Hit) -> Text:
    text = choose(
        hit["addr_old_community"], take(names.old, row.community), take(names.full, row.community)
    )
    return choose(hit["addr_bare_name"], take(names.bare, row.community), text)


def _form(hit: _Hit) -> Ints:
    return _TABLE * (hit["addr_fullwidth"] + 2 * hit["addr_chinese_numerals"])


def _urban_tail(
    w: World, rng: np.random.Generator, row: _Row, hit: _Hit, compound: Mask, street: Mask
) -> Text:
    n, c = len(row.community), np.maximum(row.compound, 0)
    places = w.places.compounds
    form, words = _form(hit), _numerals()
    stop_community = hit["addr_only_community"] | hit["addr_bare_name"]
    room = np.where(
        hit["addr_floor_too_high"],
        row.room + 100 * np.maximum(31 - row.floors, row.floors),
        row.room,
    )
    name = choose(hit["addr_compound_alias"], take(places.aliases, c), take(places.names, c))
    where = join(
        choose(
            street,
            join(take(STREETS, places.street[c]), take(words, places.door[c] + form), "号"),
            None,
        ),
        choose(compound | hit["addr_only_compound"], name, None),
    )
    wide = hit["addr_fullwidth"] & (row.unit == 0)
    building_word = choose(
        hit["addr_building_word"], take(("幢", "号楼", "座"), pick(rng, [0.5, 0.4, 0.1], n)), "栋"
    )
    building = join(take(words, row.building + form), building_word)
    unit = join(take(words, row.unit + form), choose(hit["addr_unit_word"], "门", "单元"))
    room_word = choose(
        hit["addr_room_word"],
        take(("号", "房", None), pick(rng, [0.4, 0.3, 0.3], n)),
        choose(wide, "号", "室"),
    )
    numbers = join(
        building,
        choose(row.unit > 0, unit, None),
        choose(wide, "付", None),
        take(words, np.where(room < _TABLE, room, 0) + form),
        room_word,
    )
    dashes = join(
        number(row.building),
        "-",
        choose(row.unit > 0, join(number(row.unit), "-"), None),
        number(room),
    )
    inside = choose(hit["addr_dashes"], dashes, numbers)
    inside = choose(hit["addr_only_building"], building, inside)
    inside = choose(hit["addr_only_compound"], None, inside)
    return choose(stop_community, None, join(where, inside))


def _rural_tail(w: World, row: _Row, hit: _Hit) -> Text:
    form, words = _form(hit), _numerals()
    plain = join(take(words, row.group + form), "组")
    chinese_or_not = join("第", take(words, row.group + form), "村民小组")
    group = choose(hit["addr_group_word"], chinese_or_not, plain)
    named = take(GROUP_NAMES, (row.group - 1) % len(GROUP_NAMES))
    group = choose(row.numbered, group, named)
    door = choose(
        row.door > 0,
        join(take(words, np.maximum(row.door, 0) + form), "号"),
        take(LANDMARKS, row.landmark),
    )
    return choose(
        hit["addr_bare_name"], None, join(group, choose(hit["addr_only_community"], None, door))
    )


def write_place(w: World, rng: np.random.Generator, dwelling: Ints) -> Written:
    """Texts that name a place near a dwelling, not a dwelling: a compound's gate, a stretch of
    road, a pond.
    """
    names, row = w.places.place_names, _Row(w.places, dwelling)
    n, c = len(dwelling), np.maximum(row.compound, 0)
    gate = row.urban & chance(rng, 0.6, n)
    spot = take(_SPOTS, rng.integers(0, len(_SPOTS), n))
    street = take(STREETS, w.places.compounds.street[c])
    near = choose(
        gate,
        join(
            street,
            take(w.places.compounds.names, c),
            take(("门口", "北门", "内", "围墙外"), rng.integers(0, 4, n)),
        ),
        choose(
            row.urban,
            join(street, spot),
            join(group_text(w.places, row.community, row.group), spot),
        ),
    )
    text = join(
        _prefix(rng, n, False),
        take(names.town, row.community),
        take(names.full, row.community),
        near,
    )
    nowhere = np.full(n, -1, dtype=np.int64)
    return Written(text, np.where(gate, COMPOUND, COMMUNITY), nowhere, {})


def standard_text(w: World, dwelling: Ints, community_names: Text | None = None) -> Text:
    """The full, undamaged text of a dwelling, as the standard address register holds it."""
    names, row = w.places.place_names, _Row(w.places, dwelling)
    n = len(dwelling)
    hit = _Hit({}, {}, n)
    full = names.full if community_names is None else community_names
    return join(
        "江西省赣州市于都县",
        take(names.town, row.community),
        take(full, row.community),
        choose(
            row.urban,
            _urban_tail(w, w.rng("unused"), row, hit, row.urban, row.urban),
            _rural_tail(w, row, hit),
        ),
    )
