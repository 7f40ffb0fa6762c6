"""The names of a county: towns, communities, compounds, and what else they are called.

    conformed standard_address + division (+ address_alias) -> build_gazetteer() -> Gazetteer

Names are folded as texts are (macros.sql), so that 御景一品 and 御景1品 are one. No secrets.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

import duckdb

from foundation.engine import read_sql, run


@dataclass
class Compound:
    """One compound: where it lies and on which streets and doors."""

    number: int
    town: str
    community: str
    streets: set[str] = field(default_factory=set)
    doors: set[tuple[str, str]] = field(default_factory=set)


@dataclass
class Gazetteer:
    """All that a place can be called. Communities are known by their code."""

    prefixes: tuple[str, ...] = ()
    towns: dict[str, str] = field(default_factory=dict)
    bare_towns: dict[str, str] = field(default_factory=dict)
    town_of: dict[str, str] = field(default_factory=dict)
    communities: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    bare: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    compounds: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    compound: dict[int, Compound] = field(default_factory=dict)
    at_door: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    name_of: dict[str, str] = field(default_factory=dict)

    def fingerprint(self) -> str:
        """Equal names, equal text: what a parse depends on."""
        known = (
            self.prefixes,
            sorted(self.towns.items()),
            sorted(self.town_of.items()),
            [sorted((k, sorted(v)) for k, v in d.items()) for d in (self.communities, self.bare)],
            sorted((k, sorted(v)) for k, v in self.compounds.items()),
            sorted((c.number, c.town, sorted(c.streets), sorted(c.doors)) for c in self.each()),
        )
        return blake2b(repr(known).encode(), digest_size=12).hexdigest()

    def each(self) -> Iterable[Compound]:
        """Every compound."""
        return self.compound.values()


_SUFFIX = re.compile(
    "(社区居委会|社区居民委员会|居民委员会|居委会|社区|村民委员会|村委会|畲族村|行政村|村|居)$"
)


_TOWN = re.compile("(街道办事处|街道办|街道|镇|乡)$")


def base_name(name: str) -> tuple[str, str]:
    """A community's name without its kind, and the kind: 居 or 村 ('' if the name says neither)."""
    found = _SUFFIX.search(name)
    if not found or found.start() == 0:
        return name, ""
    return name[: found.start()], "村" if "村" in found.group() else "居"


def build_gazetteer(con: duckdb.DuckDBPyConnection) -> Gazetteer:
    """Make the temporary tables ``dwelling`` and ``address_alias_now`` and gather the names.

    Reads the conformed views and identity.address_alias; needs the macros.
    """
    for script in ("dwelling", "aliases"):
        run(con, read_sql("pipelines.identity.places", script))
    g = Gazetteer()
    _divisions(con, g)
    _addresses(con, g)
    _aliases(con, g)
    _compounds(con, g)
    g.bare_towns = {_TOWN.sub("", name): code for name, code in g.towns.items()}
    return g


def _spellings(name: str) -> set[str]:
    base, kind = base_name(name)
    if kind == "居":
        return {name, *(base + s for s in ("居委会", "社区", "社区居委会", "居民委员会"))}
    if kind == "村":
        return {name, *(base + s for s in ("村", "村委会", "村民委员会", "行政村"))}
    return {name}


def _add_community(g: Gazetteer, code: str, town: str, name: str) -> None:
    g.town_of[code] = town
    for spelling in _spellings(name):
        g.communities[spelling].add(code)
    g.bare[base_name(name)[0]].add(code)


def _divisions(con: duckdb.DuckDBPyConnection, g: Gazetteer) -> None:
    rows = run(
        con,
        "select division_code, parent_code, division_kind, fold_address(name), name"
        " from conformed.community_division"
        " where division_kind in ('town', 'community') order by division_kind desc, division_code",
    )
    for code, parent, kind, name, written in rows:
        g.name_of[code] = written
        if kind == "town":
            g.towns[name] = code
        else:
            _add_community(g, code, parent or code[:9], name)


def _aliases(con: duckdb.DuckDBPyConnection, g: Gazetteer) -> None:
    """Other names of towns and communities."""
    rows = run(
        con,
        "select kind, alias, community_code, name from alias_used"
        " where kind <> 'compound' order by all",
    )
    for kind, alias, code, name in rows:
        if kind == "town" and name in g.towns:
            g.towns.setdefault(alias, g.towns[name])
        elif kind == "community" and code in g.town_of:
            _add_community(g, code, g.town_of[code], alias)


def _addresses(con: duckdb.DuckDBPyConnection, g: Gazetteer) -> None:
    """Towns and communities that only standard addresses name, and what stands before a town."""
    rows = run(
        con,
        "select community_code, fold_address(town_name), fold_address(community_name), town_name,"
        " community_name, prefix from (select community_code, town_name, community_name,"
        " max(split_part(full_address, town_name, 1)) filter (contains(full_address, town_name))"
        " as prefix from dwelling where community_code is not null and town_name is not null"
        " and community_name is not null group by all) order by all",
    )
    for code, town, community, town_written, written, _ in rows:
        g.towns.setdefault(town, code[:9])
        g.name_of.setdefault(code[:9], town_written)
        g.name_of.setdefault(code, written)
        if code not in g.communities.get(community, ()):
            _add_community(g, code, g.towns[town], community)
    starts = sorted({row[-1] for row in rows if row[-1]})
    parts = [part for start in starts for part in re.findall(r"[^省市县区]+[省市县区]|.+$", start)]
    g.prefixes = tuple(dict.fromkeys(parts))


def _compounds(con: duckdb.DuckDBPyConnection, g: Gazetteer) -> None:
    rows = run(
        con,
        "select compound_id, any_value(community_code), any_value(compound),"
        " list(distinct street) filter (street is not null),"
        " list(distinct [street, door]) filter (street is not null and door is not null)"
        " from dwelling where compound_id is not null and community_code is not null group by 1",
    )
    by_place: dict[tuple[str, str], int] = {}
    for number, code, name, streets, doors in rows:
        pairs = {(s, d) for s, d in doors or ()}
        g.compound[number] = Compound(
            number, g.town_of.get(code, code[:9]), code, set(streets or ()), pairs
        )
        g.compounds[name].add(number)
        by_place[code, name] = number
        for pair in pairs:
            g.at_door[pair].add(number)
    rows = run(
        con,
        "select community_code, name, alias from alias_used where kind = 'compound' order by all",
    )
    for code, name, alias in rows:
        if (code, name) in by_place:
            g.compounds[alias].add(by_place[code, name])
