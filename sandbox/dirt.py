"""The dirt that deliveries really have: every kind with its rate, in one table, and the draw that
spreads it.

    DAMAGES (kind, cell, rate) × CARE (how carefully a feed is kept) × the county's damage factor
            ──> rows per kind

A rate is the share of the cells that *can* have the damage (an x in lower case needs a number that
ends in X).
Every cell of an id, name, date or phone has at most one damage, an address at most one of each half
of the table. `broken` rows break an error rule; their number is rounded up.
Damage 0 is a clean county. Needs no secret. Alone: python -c "from sandbox.dirt import DAMAGES;
print(*DAMAGES, sep='\\n')"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from sandbox.streams import Ints, Mask

VISIT: Final = "community.resident_visit"
MEMBER: Final = "civil_affairs.assistance_member"
PAYMENT: Final = "civil_affairs.assistance_payment"
CARD: Final = "emergency.evacuation_card"
CHILD: Final = "civil_affairs.left_behind_child"
FLOATING: Final = "public_security.floating_population"
REGISTER: Final = "public_security.resident_register"
MARRIAGE: Final = "civil_affairs.marriage_registration"
CREMATION: Final = "civil_affairs.cremation"
CASE: Final = "city_management.case"
STEP: Final = "city_management.case_step"
COMPONENT: Final = "city_management.component"
ALERT: Final = "city_management.video_alert"
SHOP: Final = "city_management.shop"


@dataclass(frozen=True)
class Damage:
    """One kind of dirt. `feeds` limits it to some feeds; empty means wherever the cell occurs."""

    kind: str
    cell: str
    rate: float
    what: str
    feeds: tuple[str, ...] = ()


DAMAGES: Final = (
    Damage("id_15_digits", "id", 0.006, "the old number of 15 digits (born before 1985)"),
    Damage("id_lower_x", "id", 0.20, "x in lower case (of numbers that end in X)"),
    Damage("id_fullwidth_x", "id", 0.05, "full-width Ｘ or ｘ (of numbers that end in X)"),
    Damage("id_spaces", "id", 0.006, "blanks inside or around the number"),
    Damage("id_typo", "id", 0.006, "one digit typed wrong: the checksum is off"),
    Damage("id_transposed", "id", 0.003, "two neighbouring digits swapped: the checksum is off"),
    Damage("id_excel", "id", 0.02, "3.62132E+17, made by Excel", (MEMBER,)),
    Damage(
        "id_excel_zeros",
        "id",
        0.010,
        "last three digits 000, made by Excel",
        (VISIT, PAYMENT, MEMBER),
    ),
    Damage("id_relative", "id", 0.004, "the number of the spouse or a parent at the counter"),
    Damage("id_second", "id", 0.45, "the other of a person's two numbers (of people who have two)"),
    Damage(
        "id_disability_no",
        "id",
        0.04,
        "the disability certificate's number (of its holders)",
        (MEMBER, VISIT),
    ),
    Damage("id_missing", "id", 0.012, "no number"),
    Damage("name_homophone", "name", 0.006, "a character that sounds alike"),
    Damage("name_lookalike", "name", 0.004, "a character that looks alike"),
    Damage("name_former", "name", 0.10, "the former name (of people who have one)"),
    Damage("name_traditional", "name", 0.002, "traditional characters"),
    Damage(
        "name_fullwidth_space", "name", 0.05, "full-width blank inside (of names of two characters)"
    ),
    Damage("name_inner_space", "name", 0.003, "blanks inside or at the end"),
    Damage(
        "name_middle_dot", "name", 0.60, "another middle dot: • ・ ‧ ． (of names that have one)"
    ),
    Damage(
        "name_rare_pua",
        "name",
        0.18,
        "a rare character as a private code point (of names that have one)",
    ),
    Damage("name_rare_question", "name", 0.15, "a rare character as ? (of names that have one)"),
    Damage("name_rare_pinyin", "name", 0.10, "a rare character as pinyin (of names that have one)"),
    Damage("name_placeholder", "name", 0.0012, "某, 无名, 测试 in place of the name"),
    Damage("date_lunar", "date", 0.015, "the lunar birthday given as solar"),
    Damage("date_unknown", "date", 0.004, "19700101 for unknown"),
    Damage("date_day_00", "date", 0.006, "day 00"),
    Damage("date_age", "date", 0.12, "an age where a birth date belongs", (CARD,)),
    Damage("date_excel_serial", "date", 0.03, "an Excel serial", (CARD, MEMBER, CHILD)),
    Damage(
        "date_two_digit_year", "date", 0.02, "a year of two digits", (CARD, MEMBER, CHILD, VISIT)
    ),
    Damage("addr_no_town", "place", 0.10, "without the town"),
    Damage("addr_no_community", "place", 0.12, "without the community (in compounds)"),
    Damage("addr_no_compound", "place", 0.05, "street and door instead of the compound"),
    Damage(
        "addr_old_community", "place", 0.35, "the community's old name (of those that have one)"
    ),
    Damage("addr_compound_alias", "place", 0.10, "the compound's alias (of those that have one)"),
    Damage(
        "addr_same_name_place", "place", 0.10, "a compound's name alone, which two compounds bear"
    ),
    Damage("addr_bare_name", "place", 0.03, "a bare name that a 居委会 and a 村 of the town share"),
    Damage("addr_floor_too_high", "place", 0.004, "a floor above the building's height"),
    Damage("addr_only_building", "place", 0.012, "ends at the building"),
    Damage("addr_only_compound", "place", 0.015, "ends at the compound"),
    Damage("addr_only_community", "place", 0.02, "ends at the community or the group"),
    Damage("addr_building_word", "writing", 0.15, "幢, 号楼 or 座 for 栋"),
    Damage("addr_unit_word", "writing", 0.08, "门 for 单元"),
    Damage("addr_room_word", "writing", 0.12, "号, 房 or nothing for 室"),
    Damage("addr_dashes", "writing", 0.15, "3-2-501"),
    Damage("addr_fullwidth", "writing", 0.04, "full-width digits, ８０栋付１０６号"),
    Damage("addr_chinese_numerals", "writing", 0.05, "Chinese numerals"),
    Damage("addr_group_word", "writing", 0.20, "第3村民小组 for 3组"),
    Damage("phone_family", "phone", 0.06, "a phone that the family shares"),
    Damage("phone_clerk", "phone", 0.015, "the village clerk's phone"),
    Damage("phone_reused", "phone", 0.008, "a number that is another person's by now"),
    Damage("phone_landline", "phone", 0.02, "a landline"),
    Damage("phone_masked", "phone", 0.01, "masked: 138****1234"),
    Damage("phone_missing", "phone", 0.05, "no phone"),
    Damage("dead_not_cancelled", "row", 0.12, "dead and not cancelled in the register"),
    Damage("dead_by_error", "row", 0.0004, "alive, yet dead in the register by a clerk's error"),
    Damage("moved_out_current", "row", 0.12, "moved out, yet current in the register"),
    Damage("death_day_00", "death", 0.05, "death date with day 00"),
    Damage(
        "late_row", "stamp", 0.05, "updated before the last cursor, delivered after it (later days)"
    ),
    Damage("clock_skew", "stamp", 0.002, "stamped by a clock that runs ahead"),
    # rows that cannot be used at all: about 50 in 100,000 rows of a county (sandbox/broken.py)
    Damage("row_key_missing", "broken", 0.002, "a part of the key is missing", (MEMBER,)),
    Damage(
        "row_cursor_unreadable",
        "broken",
        0.0008,
        "the time of change is 0000-00-00T00:00:00",
        (STEP, COMPONENT, ALERT),
    ),
    Damage("row_nul_byte", "broken", 0.001, "a NUL byte in a text", (CASE, SHOP)),
    Damage("row_endless_text", "broken", 0.00002, "a picture in a field of text", (CASE,)),
    Damage("row_nobody", "broken", 0.0006, "neither name nor number", (VISIT, FLOATING, CREMATION)),
    Damage("row_code_unknown", "broken", 0.002, "neither marriage nor divorce", (MARRIAGE,)),
)

# facts of the population that make matching hard; noted beside the damages where they show
TRAITS: Final = {
    "id_shared": "one number held by two people (重号)",
    "twin": "one of twins",
    "same_name_birth": "shares name and birth date with another person",
    "register_residence_apart": "registered in one place, lives in another",
    "married_in_elsewhere": "married-in spouse still registered elsewhere",
    "foreign_papers": "papers of Hong Kong, Macao, Taiwan or another country",
}

# how carefully a feed is kept: every rate is multiplied by this (1 where not listed)
CARE: Final[Mapping[str, float]] = {
    REGISTER: 0.15,
    "public_security.rental_housing": 0.8,
    "public_security.standard_address": 0.0,
    MARRIAGE: 0.3,
    "civil_affairs.disability_certificate": 0.5,
    CREMATION: 0.8,
    VISIT: 1.4,
    CARD: 1.4,
}

# rates that a feed has of its own (not multiplied by its care)
RATE_IN: Final[Mapping[tuple[str, str], float]] = {
    (VISIT, "id_missing"): 0.10,
    (FLOATING, "id_missing"): 0.04,
    ("civil_affairs.disability_certificate", "id_missing"): 0.0,
    (CREMATION, "id_missing"): 0.03,
    (REGISTER, "id_missing"): 0.0005,
    (REGISTER, "name_former"): 0.0,
    (REGISTER, "dead_not_cancelled"): 0.12,
    (REGISTER, "dead_by_error"): 0.0004,
    (REGISTER, "moved_out_current"): 0.12,
    (REGISTER, "death_day_00"): 0.05,
}


def rate(kind: str, feed: str) -> float:
    """The stated rate of a damage in a feed, at damage factor 1."""
    row = next(d for d in DAMAGES if d.kind == kind)
    if row.feeds and feed not in row.feeds:
        return 0.0
    care = 1.0 if row.cell in ("stamp", "broken") else CARE.get(feed, 1.0)
    return RATE_IN.get((feed, kind), row.rate * care)


@dataclass(frozen=True)
class Dirt:
    """Spreads damages over cells; `factor` multiplies every rate."""

    factor: float

    def rates(self, feed: str, cell: str) -> dict[str, float]:
        """Kinds of a cell with their rates here, nine in ten at most."""
        found = {d.kind: rate(d.kind, feed) * self.factor for d in DAMAGES if d.cell == cell}
        return {kind: min(share, 0.9) for kind, share in found.items() if share > 0}

    def spares(self, rng: np.random.Generator, n: int) -> Mask:
        """Which of `n` rows of a habit that leaves a person unknown are kept better than it: all of
        a clean county, none of one with the usual damage or more.
        """
        return np.asarray(rng.random(n) >= min(self.factor, 1.0))

    def draw(
        self, rng: np.random.Generator, feed: str, cell: str, able: Mapping[str, Mask], n: int
    ) -> dict[str, Ints]:
        """The rows of each kind; no row twice. `able` says which rows can have a kind (default
        all).

        The rarer a kind's rows are, the earlier it is drawn, so that common kinds do not crowd it
        out.
        """
        free = np.ones(n, dtype=bool)
        spread: dict[str, Ints] = {}
        kinds = self.rates(feed, cell)
        order = sorted(kinds, key=lambda kind: (int(able[kind].sum()) if kind in able else n, kind))
        throw = rng.random(n)
        for kind in order:
            mask = free if kind not in able else free & able[kind]
            hit = mask & (throw < kinds[kind])
            if hit.any():
                spread[kind] = np.flatnonzero(hit)
                free &= ~hit
            # what is left of the throw is uniform again over the rows that were passed over
            throw = np.where(mask, (throw - kinds[kind]) / (1 - kinds[kind]), throw)
        return spread
