"""The names of one address: town, community, street and door, compound, village group.

    folded text without its numbers -> parse_place(gazetteer, text) -> Place

Called once per distinct text of names, some hundred thousand times in a county of a million. Each
name must be the only one of its kind where it is said; numbers further down never choose between
two places. No secrets.
"""

import re
from dataclasses import dataclass

from pipelines.identity.places.gazetteer import Gazetteer

_STREET = re.compile(r"^([^0-9]{1,10}?(?:大道|路|街|巷|弄|道|线|街道))(?:([0-9]+(?:-[0-9]+)?)号)?")
_GROUP = re.compile(r"^(?:第)?([0-9]+|[^0-9组]{1,6}?)(?:村民小组|小组|组|队)")
_LONGEST = 14


@dataclass(slots=True)
class Place:
    """What names mean: ``community`` is a code, ``compound`` a number; None: not settled."""

    town: str | None = None
    community: str | None = None
    compound: int | None = None
    group: str | None = None
    street: str | None = None
    door: str | None = None
    rest: str = ""
    reason: str | None = None
    doubt: float = 0.0


def parse_place(g: Gazetteer, text: str) -> Place:
    """Read ``text`` (folded) from left to right: each part may be missing."""
    place = Place()
    rest = _without_prefix(g, text)
    place.town, rest = _town(g, rest)
    codes, rest, is_bare = _community(g, rest, place.town)
    _inside(g, place, codes, rest)
    if place.compound is not None:
        found = g.compound[place.compound]
        place.town, place.community = found.town, found.community
    elif codes:
        _settle_community(place, codes, is_bare)
    if place.community and not place.town:
        place.town = g.town_of.get(place.community)
    if place.community is None and place.reason is None:
        place.reason = "no_community"
    return place


def _without_prefix(g: Gazetteer, text: str, begin: int = 0) -> str:
    """What follows province, city and county; 江西 for 江西省 counts only if a town comes then."""
    for at, prefix in enumerate(g.prefixes[begin:], begin + 1):
        if text.startswith(prefix):
            return _without_prefix(g, text[len(prefix) :], at)
        if text.startswith(prefix[:-1]):
            inner = _without_prefix(g, text[len(prefix) - 1 :], at)
            if _town(g, inner)[0]:
                return inner
    return text


def _town(g: Gazetteer, text: str) -> tuple[str | None, str]:
    for size in range(min(8, len(text)), 1, -1):
        code = g.towns.get(text[:size])
        if code:
            return code, text[size:]
    return _bare_town(g, text)


def _bare_town(g: Gazetteer, text: str) -> tuple[str | None, str]:
    """贡江 for 贡江镇 counts only before the name of one of the town's communities."""
    for size in range(min(6, len(text)), 1, -1):
        code = g.bare_towns.get(text[:size])
        if code and _community(g, text[size:], code)[0]:
            return code, text[size:]
    return None, text


def _community(g: Gazetteer, text: str, town: str | None) -> tuple[set[str], str, bool]:
    """Codes of the communities that the longest name at the start can mean, and what follows it."""
    for names, is_bare in ((g.communities, False), (g.bare, True)):
        for size in range(min(_LONGEST, len(text)), 1, -1):
            codes = names.get(text[:size])
            if codes is None:
                continue
            here = {code for code in codes if town is None or g.town_of[code] == town}
            rest = text[size:]
            if here and (not is_bare or _may_follow(g, rest)):
                return here, rest, is_bare
    return set(), text, False


def _may_follow(g: Gazetteer, rest: str) -> bool:
    """Whether ``rest`` can stand after a community's bare name; 红旗 in 红旗路 is none."""
    return not rest or _GROUP.match(rest) is not None or bool(_compound_at(g, rest)[0])


def _inside(g: Gazetteer, place: Place, codes: set[str], rest: str) -> None:
    """Street, door, compound or group from what follows the community."""
    candidates, after = _compound_at(g, rest)
    street = None if candidates else _STREET.match(rest)
    if street:
        place.street, place.door = street.group(1), street.group(2)
        after = rest[street.end() :]
        candidates, after = _compound_at(g, after)
        if not candidates and place.door:
            candidates = g.at_door.get((place.street, place.door), set())
    if candidates:
        _settle_compound(g, place, candidates, codes)
        place.rest = after
        return
    if street:
        place.rest = after
        return
    group = _GROUP.match(rest)
    if group:
        place.group = group.group(1)
        rest = rest[group.end() :]
    place.rest = rest


def _compound_at(g: Gazetteer, text: str) -> tuple[set[int], str]:
    for size in range(min(_LONGEST, len(text)), 1, -1):
        found = g.compounds.get(text[:size])
        if found:
            return found, text[size:]
    return set(), text


def _settle_compound(g: Gazetteer, place: Place, candidates: set[int], codes: set[str]) -> None:
    known = [g.compound[number] for number in candidates]
    fits = [c for c in known if place.town is None or c.town == place.town]
    fits = [c for c in fits if not codes or c.community in codes]
    if not fits:
        place.reason = "compound_elsewhere"
        return
    narrow = [c for c in fits if place.street is None or place.street in c.streets]
    if place.door and narrow:
        narrow = [c for c in narrow if (place.street, place.door) in c.doors] or narrow
    if place.street and not narrow:
        place.doubt += 0.1
    fits = narrow or fits
    if len(fits) == 1:
        place.compound = fits[0].number
    else:
        place.reason = "compound_ambiguous"
        if len({c.community for c in fits}) == 1:
            place.community = fits[0].community


def _settle_community(place: Place, codes: set[str], is_bare: bool) -> None:
    if len(codes) == 1:
        place.community = next(iter(codes))
    else:
        place.reason = "community_name_ambiguous" if is_bare else "community_ambiguous"
        place.community = None
