"""The county's places: communities, grids, compounds, and every dwelling with its building, unit,
floor and room.

    how many homes are wanted ──> compounds with shapes, village groups ──> one row a dwelling

Needs no secret. Alone: see tests/sandbox/test_build.py
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sandbox.divisions import COMMUNITIES, STREETS, Community
from sandbox.ids import rank_within
from sandbox.streams import Ints, Mask, chance, pick, stream
from sandbox.text import Text, join, padded, take, words

Floats = npt.NDArray[np.float64]
HOME, DORMITORY, CARE_HOME = 0, 1, 2
SAME_NAME_SHARE: Final = 0.03  # compounds that carry another compound's name
ALIAS_SHARE: Final = 0.35
NAMED_HOUSE_SHARE: Final = 0.04

_PREFIXES: Final = words(
    "龙泉 贡江 金桥 濂溪 长征 天马 新城 东方 华府 锦绣 阳光 滨江 翠竹 银河 世纪 盛世 康居"
    " 楚雄 水岸 红都 渡口 丽景 嘉和 福临 祥和 碧水 御景 凤凰 名门 梅江 雩山 罗田 古田 文峰"
    " 状元 书香 帝景 香樟 桂花 紫金 春天 和谐 明珠 国际 中央 鑫源 恒大 宏基 万家 江南"
)
_SUFFIXES: Final = words(
    "花园 小区 家园 新村 华庭 公寓楼 城 苑 雅苑 名邸 豪庭 广场 大厦 花苑 山庄 府 湾 一品 嘉园 佳苑"
)
_PHASES: Final = ("", "一期", "二期", "三期", "东区", "西区", "南区", "北区", "A区", "B区")
_WORKS: Final = words(
    "供销社 粮食局 电影院 汽运公司 农机厂 水泥厂 物资局 百货公司 酒厂 林业局 水电局 邮电局"
    " 棉织厂 氮肥厂 钨矿 二轻局"
)
DORMITORIES: Final = words(
    "于都中学学生宿舍 于都三中学生宿舍 工业园职工宿舍 服装产业园宿舍 职业中专学生宿舍"
)
CARE_HOMES: Final = words("县社会福利院 中心敬老院 颐养老年公寓 夕阳红敬老院")
GROUP_NAMES: Final = words(
    "老屋组 新屋组 上屋组 下屋组 对门组 岗上组 塘背组 河边组 坳下组 井头组 竹山组 圳下组"
    " 大屋组 圩上组"
)
LANDMARKS: Final = words(
    "祠堂旁 水井边 老屋里 大樟树下 晒谷坪边 学堂背 桥头边 碾米房旁 土地庙前 水库坝下 茶亭旁 油坊里"
)


@dataclass(frozen=True)
class Compounds:
    """One entry a compound; `number` counts within its community."""

    community: Ints
    grid: Ints
    number: Ints
    names: Text
    aliases: Text
    street: Ints
    door: Ints
    buildings: Ints
    units: Ints
    floors: Ints
    rooms: Ints
    lift: Mask
    unit_named: Mask
    kind: Ints
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Dwellings:
    """One entry a dwelling. Urban: compound, building, unit (0 none), floor, room. Rural: group,
    door (0: a landmark).
    """

    community: Ints
    grid: Ints
    compound: Ints
    building: Ints
    unit: Ints
    floor: Ints
    room: Ints
    group: Ints
    door: Ints
    landmark: Ints
    kind: Ints
    lift: Mask
    floors: Ints
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.community)


class PlaceNames:
    """What the names of a county's communities and compounds are, and what each settles alone."""

    def __init__(self, communities: tuple[Community, ...], compounds: Compounds) -> None:
        full = np.array([c.name for c in communities])
        towns = np.array([c.town for c in communities])
        self.town = pa.array(towns.tolist())
        self.full = pa.array(full.tolist())
        self.bare = pa.array([c.bare for c in communities])
        self.old = pa.array([c.old_name for c in communities], pa.string())
        self.has_old = np.array([c.old_name is not None for c in communities])
        self.full_unique = _counts(full) == 1
        self.bare_shared = _counts(np.array([c.town + c.bare for c in communities])) > 1
        names = np.array(compounds.names.to_pylist())
        self.compound_unique = _counts(names) == 1
        self.compound_unique_in_town = _counts(np.char.add(towns[compounds.community], names)) == 1
        self.has_alias = compounds.aliases.is_valid().to_numpy(zero_copy_only=False)


def _counts(values: npt.NDArray[np.str_]) -> Ints:
    _, inverse, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray(count[inverse])


@dataclass(frozen=True)
class Places:
    """All places; a grid is an index into `grid_community`."""

    communities: tuple[Community, ...]
    grid_community: Ints
    grid_number: Ints
    groups: Ints
    group_named: Mask
    compounds: Compounds
    dwellings: Dwellings
    ids: Text
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]

    @cached_property
    def place_names(self) -> PlaceNames:
        """The names of communities and compounds."""
        return PlaceNames(self.communities, self.compounds)

    def grid_codes(self) -> Text:
        """The code of every grid."""
        codes = take([c.code for c in self.communities], self.grid_community)
        return join(codes, padded(self.grid_number, 3))

    def compound_codes(self) -> Text:
        """The code of every compound."""
        codes = take([c.code for c in self.communities], self.compounds.community)
        return join(codes, "C", padded(self.compounds.number, 3))

    def urban(self) -> Ints:
        """Ordinary homes in compounds."""
        return np.flatnonzero((self.dwellings.compound >= 0) & (self.dwellings.kind == HOME))

    def rural(self) -> Ints:
        """Village houses."""
        return np.flatnonzero(self.dwellings.compound < 0)


def scaled(at_default: int, residents: int, least: int, most: int) -> int:
    """A count that is `at_default` in the county of 20,000 and grows with it."""
    return int(min(max(round(at_default * residents / 20_000), least), most))


def build_places(
    seed: int, residents: int, urban: int, rural: int, beds: tuple[int, int]
) -> Places:
    """Places with at least `urban` flats, exactly `rural` houses, and rooms for (dormitory, care
    home) beds.
    """
    rng = stream(seed, "places")
    communities = COMMUNITIES[: scaled(24, residents, 8, len(COMMUNITIES))]
    village = np.array([c.is_village for c in communities])
    lon = 115.42 + rng.normal(0, 0.12, len(communities))
    lat = 25.95 + rng.normal(0, 0.1, len(communities))
    towns = np.flatnonzero(~village)
    n_compounds = scaled(213, residents, len(towns) + 4, 999 * len(towns))
    compounds, homes = _compounds(rng, n_compounds, towns, urban, beds, lon, lat)
    groups = np.where(village, rng.integers(6, 15, len(communities)), 0)
    houses = _houses(rng, rural, np.flatnonzero(village), groups)
    grid_community, grid_number = _grids(
        np.bincount(
            np.concatenate([homes["community"], houses["community"]]), minlength=len(communities)
        ),
        scaled(146, residents, 2 * len(communities), 999 * len(communities)),
    )
    first_grid = np.searchsorted(grid_community, np.arange(len(communities)))
    n_grids = np.bincount(grid_community, minlength=len(communities))
    c = compounds["community"]
    per_community = np.bincount(c, minlength=len(communities))
    compounds["grid"] = first_grid[c] + (compounds["number"] - 1) * n_grids[c] // np.maximum(
        per_community[c], 1
    )
    homes["grid"] = compounds["grid"][homes["compound"]]
    v = houses["community"]
    houses["grid"] = first_grid[v] + (houses["group"] - 1) * n_grids[v] // groups[v]
    houses["lon"] = lon[v] + rng.normal(0, 0.006, len(v)) + houses["group"] * 0.0011
    houses["lat"] = lat[v] + rng.normal(0, 0.006, len(v))
    dwellings = Dwellings(
        **{k: np.concatenate([homes[k], houses[k]]) for k in Dwellings.__dataclass_fields__}
    )
    ids = join(
        take([c.code for c in communities], dwellings.community),
        padded(np.arange(len(dwellings)) + 1000, 7),
    )
    group_named = chance(rng, 0.3, len(communities))
    return Places(
        communities,
        grid_community,
        grid_number,
        groups,
        group_named,
        Compounds(**compounds),
        dwellings,
        ids,
        lon,
        lat,
    )


def _grids(people: Ints, n: int) -> tuple[Ints, Ints]:
    """Grids shared out over the communities by their dwellings, at least one each."""
    share = people / max(people.sum(), 1) * (n - len(people))
    count = 1 + np.floor(share).astype(np.int64)
    for i in np.argsort(-(share % 1), kind="stable")[: n - count.sum()]:
        count[i] += 1
    community = np.repeat(np.arange(len(people)), count)
    return community, rank_within(community) + 1


def _compounds(
    rng: np.random.Generator,
    n: int,
    towns: Ints,
    urban: int,
    beds: tuple[int, int],
    lon: Floats,
    lat: Floats,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Compounds and their flats: every urban community has some, big ones have lifts."""
    n_special = np.array([max(2, n // 80), max(2, n // 100)])
    kind = np.zeros(n, dtype=np.int64)
    kind[n - n_special.sum() :] = np.repeat([DORMITORY, CARE_HOME], n_special)
    community = np.concatenate([towns, towns[rng.integers(0, len(towns), n)]])[:n]
    community[n - n_special.sum() :] = towns[rng.integers(0, min(len(towns), 6), n_special.sum())]
    wanted = _sizes(rng, kind, n_special, urban, beds)
    shape = _shapes(rng, wanted, kind)
    total = shape["buildings"] * shape["units"] * shape["floors"] * shape["rooms"]
    names, aliases = _compound_names(rng, community, kind)
    number = rank_within(community) + 1
    compounds = {
        "community": community,
        "number": number,
        "names": names,
        "aliases": aliases,
        "street": (number - 1) % len(STREETS),
        "door": (number - 1) // len(STREETS) * 14 + rng.integers(1, 14, n) + 100 * (community % 9),
        "kind": kind,
        "lon": lon[community] + rng.normal(0, 0.008, n),
        "lat": lat[community] + rng.normal(0, 0.008, n),
        **shape,
    }
    return compounds, _flats(rng, compounds, total)


def _sizes(
    rng: np.random.Generator, kind: Ints, n_special: Ints, urban: int, beds: tuple[int, int]
) -> np.ndarray:
    weight = rng.lognormal(0, 0.7, len(kind))
    weight = np.where(kind == HOME, weight * urban / weight[kind == HOME].sum(), 0)
    for special in (DORMITORY, CARE_HOME):
        rooms = beds[special - 1] / (6 if special == DORMITORY else 2) / n_special[special - 1]
        weight[kind == special] = max(rooms, 4)
    return np.ceil(weight)


def _shapes(rng: np.random.Generator, wanted: np.ndarray, kind: Ints) -> dict[str, np.ndarray]:
    n = len(wanted)
    tall = (wanted > 40) & chance(rng, 0.55, n) & (kind == HOME)
    low = rng.choice([3, 4, 5, 6, 6, 7, 7, 8], n)
    low = np.where(wanted < 10, rng.choice([2, 3], n), low)
    floors = np.where(tall, rng.choice([11, 15, 17, 18, 24, 26, 32], n), low)
    rooms = np.where(tall, rng.choice([2, 3, 4], n), 2)
    rooms = np.where(kind == HOME, rooms, 8)
    units = np.where(tall, 1, np.where(wanted > 30, rng.integers(1, 4, n), 1))
    units = np.where(kind == HOME, units, 1)
    per_building = floors * rooms * units
    buildings = np.ceil(wanted / per_building).astype(np.int64)
    return {
        "buildings": np.maximum(buildings, 1),
        "units": units,
        "floors": floors,
        "rooms": rooms,
        "lift": tall | ((floors >= 7) & chance(rng, 0.2, n)),
        "unit_named": (kind == HOME) & ((units > 1) | chance(rng, 0.5, n)),
    }


def _compound_names(rng: np.random.Generator, community: Ints, kind: Ints) -> tuple[Text, Text]:
    """Names, unique but for a declared share, and what residents call the same place (null for
    many).
    """
    n = len(community)
    every = [p + s + f for f in _PHASES for p in _PREFIXES for s in _SUFFIXES]
    head = len(_PREFIXES) * len(_SUFFIXES)
    order = np.concatenate([rng.permutation(head), head + rng.permutation(len(every) - head)])
    chosen = [
        every[order[i % len(every)]] + ("" if i < len(every) else f"{i // len(every)}号院")
        for i in range(n)
    ]
    for i in np.flatnonzero(chance(rng, SAME_NAME_SHARE, n)):
        others = np.flatnonzero((community != community[i]) & (kind == HOME))
        chosen[i] = chosen[int(rng.choice(others))]
    aliases: list[str | None] = [None] * n
    for i in np.flatnonzero(chance(rng, ALIAS_SHARE, n)):
        works = _WORKS[i % len(_WORKS)] + ("宿舍" if i % 2 else "家属院")
        aliases[i] = works + ("" if i < 2 * len(_WORKS) else f"{i // (2 * len(_WORKS)) + 1}院")
    for special, titles in ((DORMITORY, DORMITORIES), (CARE_HOME, CARE_HOMES)):
        for j, i in enumerate(np.flatnonzero(kind == special)):
            chosen[i] = titles[j % len(titles)] + (
                "" if j < len(titles) else f"{j // len(titles) + 1}部"
            )
            aliases[i] = None
    every_row = np.arange(n)
    return take(chosen, every_row), take(aliases, every_row)


def _flats(
    rng: np.random.Generator, compounds: dict[str, np.ndarray], total: Ints
) -> dict[str, np.ndarray]:
    compound = np.repeat(np.arange(len(total)), total)
    within = np.arange(len(compound)) - np.repeat(np.cumsum(total) - total, total)
    rooms, floors, units = (compounds[k][compound] for k in ("rooms", "floors", "units"))
    within, room = np.divmod(within, rooms)
    within, floor = np.divmod(within, floors)
    building, unit = np.divmod(within, units)
    zero = np.zeros(len(compound), dtype=np.int64)
    return {
        "community": compounds["community"][compound],
        "compound": compound,
        "building": building + 1,
        "unit": np.where(compounds["unit_named"][compound], unit + 1, 0),
        "floor": floor + 1,
        "room": (floor + 1) * 100 + room + 1,
        "group": zero,
        "door": zero,
        "landmark": zero - 1,
        "kind": compounds["kind"][compound],
        "lift": compounds["lift"][compound],
        "floors": floors,
        "lon": compounds["lon"][compound]
        + building * 0.0004
        + rng.normal(0, 0.00002, len(compound)),
        "lat": compounds["lat"][compound] + rng.normal(0, 0.00002, len(compound)),
    }


def _houses(
    rng: np.random.Generator, n: int, villages: Ints, groups: Ints
) -> dict[str, np.ndarray]:
    community = np.sort(villages[pick(rng, rng.lognormal(0, 0.3, len(villages)), n)])
    group = rng.integers(0, 1 << 30, n) % groups[community] + 1
    order = np.lexsort((group, community))
    community, group = community[order], group[order]
    floors = rng.choice([1, 2, 3, 4], n, p=[0.2, 0.4, 0.3, 0.1])
    named = chance(rng, NAMED_HOUSE_SHARE, n)
    landmark = rank_within(community, group, named.astype(np.int64))
    named &= landmark < len(LANDMARKS)
    zero = np.zeros(n, dtype=np.int64)
    return {
        "community": community,
        "compound": zero - 1,
        "building": zero,
        "unit": zero,
        "floor": zero,
        "room": zero,
        "group": group,
        "door": np.where(named, 0, rank_within(community, group, named.astype(np.int64)) + 1),
        "landmark": np.where(named, landmark, -1),
        "kind": zero,
        "lift": np.zeros(n, dtype=bool),
        "floors": floors,
    }
