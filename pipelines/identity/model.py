"""The residents' linkage model, as data: what ties, what is compared, what may never be joined.

    strong.py <- names_alike, names_kin      scoring.py, training.py <- RESIDENTS (comparisons,
    blocking, limits)

Evidence that goes together is one comparison with joint levels: telephone, home and family
members are
shared by a whole family, and adding them up would join spouses, siblings and twins. A pair is
weighed
against two rivals at once, "a stranger" and "a relative in the same place" (see scoring.py).
SQL speaks of ``x_l`` and ``x_r``, columns of a node (nodes.py). No secrets.
"""

from dataclasses import dataclass

from pipelines.identity.neighbourhood import POST, ROLE

VERSION = "residents-3"


@dataclass(frozen=True)
class Level:
    """One level of agreement: its SQL, and prior m and u for where training sees too few pairs.

    The priors are orders of magnitude from published Chinese name and household statistics
    (surnames,
    homophones, three people a household), not measured on any data set. ``u_by_join``: so rare
    among
    strangers that random pairs never show it; training counts it exactly by joining. ``learns``
    false:
    pairs with a valid number, from which training learns, cannot show this level as it really
    occurs.
    """

    name: str
    sql: str
    m: float
    u: float
    term: str | None = None
    u_by_join: bool = False
    learns: bool = True


@dataclass(frozen=True)
class Comparison:
    """Levels in order, the first that holds counts; ``null_sql``: nothing to compare. ELSE comes
    last."""

    name: str
    null_sql: str
    levels: tuple[Level, ...]
    otherwise: Level
    learns: bool = True

    @property
    def all_levels(self) -> tuple[Level, ...]:
        """The levels with ELSE at the end; their numbers (gamma) count down to 0."""
        return (*self.levels, self.otherwise)

    def gamma(self, level: str) -> int:
        """The number of a level by name."""
        names = [one.name for one in self.all_levels]
        return len(names) - 1 - names.index(level)

    def level_of(self, gamma: int) -> str:
        """The name of a level by number; -1 is nothing to compare."""
        return "missing" if gamma < 0 else self.all_levels[len(self.all_levels) - 1 - gamma].name


def _each(one: str) -> str:
    """Both ways round: the damaged value may stand on either side."""
    return f"({one.format('l', 'r')} or {one.format('r', 'l')})"


# Unreadable characters were written as ?: LIKE reads _ as any one character.
_UNREADABLE = _each("(contains(name_{0}, '?') and name_{1} like replace(name_{0}, '?', '_'))")


# DuckDB's edit distances count bytes, of which a Chinese character has three.
def characters_that_differ(left: str, right: str) -> str:
    """SQL: positions (from 1) at which two names of one length differ."""
    return (
        f"list_filter(range(1, length({left}) + 1),"
        f" lambda i: substr({left}, i, 1) <> substr({right}, i, 1))"
    )


def one_character_off(left: str, right: str) -> str:
    """SQL: whether one character of the name is another, or is missing."""
    dropped = (
        "length({1}) = length({0}) + 1 and list_contains(list_transform(range(1, length({1}) + 1),"
        " lambda i: left({1}, i - 1) || substr({1}, i + 1)), {0})"
    )
    return (
        f"(greatest(length({left}), length({right})) >= 3 and"
        f" ((length({left}) = length({right}) and len({characters_that_differ(left, right)}) = 1)"
        f" or ({dropped.format(left, right)}) or ({dropped.format(right, left)})))"
    )


_ONE_CHARACTER = (
    "case when surname_sound_l <> surname_sound_r then false"
    f" else {one_character_off('name_l', 'name_r')} end"
)
# One character for another of like shape: codes that differ in one corner, or in a third of the
# strokes at most. One pair of characters in seventy is so, and most of what the eye confuses.
_AT = f"{characters_that_differ('name_l', 'name_r')}[1]"
_LEFT, _RIGHT = (f"string_split(strokes_{side}, ' ')[{_AT}]" for side in "lr")
_STROKES = f"levenshtein({_LEFT}, {_RIGHT})"
_MOST_STROKES = f"greatest(length({_LEFT}), length({_RIGHT}))"
_LEAST_STROKES = f"least(length({_LEFT}), length({_RIGHT}))"
_SHAPE = (
    "case when surname_sound_l <> surname_sound_r or length(name_l) <> length(name_r)"
    f" or len({characters_that_differ('name_l', 'name_r')}) <> 1 then false"
    " when strlen(corners_l) = strlen(corners_r) and hamming(corners_l, corners_r) <= 1 then true"
    f" else {_LEAST_STROKES} > 0 and {_STROKES} <= 0.34 * {_MOST_STROKES} end"
)

NAME = Comparison(
    "name",
    "name_l is null or name_r is null",
    (
        Level("same", "name_l = name_r", m=0.93, u=6e-5, term="name"),
        Level("other_name", "list_has_any(names_l, names_r)", m=0.015, u=2e-5),
        Level("same_pinyin", "list_has_any(pinyins_l, pinyins_r)", m=0.02, u=1.5e-4),
        Level(
            "sounds_or_looks_alike",
            "list_has_any(sounds_l, sounds_r) or list_has_any(glyphs_l, glyphs_r)"
            f" or {_UNREADABLE}",
            m=0.015,
            u=3e-4,
        ),
        Level("like_shape", _SHAPE, m=0.006, u=3e-5),
        # Siblings share a generation character, so this is as much a sign of a sibling as of a
        # slip.
        Level("one_character", _ONE_CHARACTER, m=0.008, u=2e-3),
        Level("same_surname", "surname_sound_l = surname_sound_r", m=0.004, u=0.035),
    ),
    Level("different", "true", m=0.008, u=0.962),
)

_DAYS = "abs(birth_l - birth_r)"
# One digit off, day and month swapped, or a lunar birthday written as a solar one (18 to 53 days
# early).
_DAMAGED_DAY = (
    "(levenshtein(strftime(birth_l, '%Y%m%d'), strftime(birth_r, '%Y%m%d')) = 1"
    " or strftime(birth_l, '%Y%d%m') = strftime(birth_r, '%Y%m%d')"
    f" or {_DAYS} between 18 and 53)"
)

BIRTH = Comparison(
    "birth",
    "birth_l is null or birth_r is null or not is_day_l or not is_day_r",
    (
        Level("same_day", "birth_l = birth_r", m=0.95, u=4e-5, term="birth"),
        Level("other_date_same", "list_has_any(births_l, births_r)", m=0.01, u=1e-5),
        Level("day_damaged", _DAMAGED_DAY, m=0.025, u=4e-3),
        Level("same_year", "year(birth_l) = year(birth_r)", m=0.007, u=0.012),
    ),
    Level("different", "true", m=0.008, u=0.984),
)

# Where a date is known to the month, the year, or as an age: its own comparison, since a year
# that agrees says
# everything such a date can say. An age is counted from the making of the card, hence one year
# either way.
BIRTH_YEAR = Comparison(
    "birth_year",
    "birth_l is null or birth_r is null or (is_day_l and is_day_r)",
    (
        Level(
            "agrees",
            "abs(year(birth_l) - year(birth_r))"
            " <= case when is_age_l or is_age_r then 1 else 0 end",
            m=0.93,
            u=0.03,
        ),
        Level("near", "abs(year(birth_l) - year(birth_r)) <= 2", m=0.05, u=0.04),
    ),
    Level("different", "true", m=0.02, u=0.93),
    learns=False,
)

SEX = Comparison(
    "sex",
    "sex_l is null or sex_r is null",
    (Level("same", "sex_l = sex_r", m=0.995, u=0.5),),
    Level("different", "true", m=0.005, u=0.5),
)

# What a damaged number says beyond the birth date in it, which BIRTH has counted: u is among
# people born on
# one day (area and sequence left to agree by chance).
PAPER = Comparison(
    "paper",
    "not ((damaged_l is not null and coalesce(number_r, damaged_r) is not null)"
    " or (damaged_r is not null and number_l is not null)"
    " or (prefix_l is not null and number_r is not null)"
    " or (prefix_r is not null and number_l is not null))",
    (
        Level(
            "one_slip",
            _each("damerau_levenshtein(damaged_{0}, number_{1}) = 1") + " or damaged_l = damaged_r",
            m=0.85,
            u=2e-4,
        ),
        Level(
            "same_beginning",
            _each("(length(prefix_{0}) >= 15 and starts_with(number_{1}, prefix_{0}))"),
            m=0.05,
            u=3e-3,
        ),
        Level("same_area", _each("starts_with(number_{1}, left(prefix_{0}, 6))"), m=0.07, u=0.5),
    ),
    Level("different", "true", m=0.03, u=0.4963),
    learns=False,
)

_PHONE = "list_has_any(phones_l, phones_r)"
# The other's number is one that his family uses.
_FAMILY_PHONE = _each("list_has_any(phones_{0}, reach_{1})")
_HOME = "list_has_any(homes_l, homes_r)"
_KIN = "len(list_intersect(kin_l, kin_r))"
# A masked number, a village's number, an address that many share: worth little, but more than
# nothing.
_FAINT = "list_has_any(faint_l, faint_r)"

_MASK = "list_has_any(masks_l, masks_r)"
_ROLE = "list_has_any(roles_l, roles_r)"
_POST = "list_has_any(posts_l, posts_r)"
_NEAR = "list_has_any(near_l, near_r)"
_AREA = "list_has_any(areas_l, areas_r)"

PLACE = Comparison(
    "place",
    "not ((len(phones_l) > 0 and len(phones_r) + len(reach_r) > 0)"
    " or (len(reach_l) > 0 and len(phones_r) > 0) or (has_house_l and has_house_r)"
    f" or {_HOME}"
    " or (len(kin_l) > 0 and len(kin_r) > 0) or (len(faint_l) > 0 and len(faint_r) > 0)"
    " or (len(masks_l) > 0 and len(masks_r) > 0) or (len(roles_l) > 0 and len(roles_r) > 0)"
    " or (len(posts_l) > 0 and len(posts_r) > 0))",
    (
        Level("post", _POST, m=0.15, u=1e-7, u_by_join=True, learns=False),
        Level("role", _ROLE, m=0.15, u=1e-7, u_by_join=True, learns=False),
        Level(
            "phone_and_home",
            f"{_PHONE} and ({_HOME} or {_KIN} > 0)",
            m=0.35,
            u=2e-6,
            u_by_join=True,
        ),
        Level(
            "home_and_kin", f"({_HOME} and {_KIN} > 0) or {_KIN} > 1", m=0.2, u=3e-6, u_by_join=True
        ),
        Level("phone", _PHONE, m=0.12, u=1e-6, u_by_join=True),
        # Who shares the home too says no less for it: the home goes before the family's telephone.
        Level("home", _HOME, m=0.1, u=2e-6, u_by_join=True),
        Level("family_phone", _FAMILY_PHONE, m=0.1, u=3e-6, u_by_join=True),
        Level("kin", f"{_KIN} > 0", m=0.08, u=1e-3),
        Level("mask", _MASK, m=0.02, u=3e-6, u_by_join=True),
        Level("faint", _FAINT, m=0.02, u=1e-3, u_by_join=True),
    ),
    Level("apart", "true", m=0.1, u=0.98),
)

# A neighbourhood says something only where no telephone, home or family does: the same compound,
# village group or grid, or the same community. u is counted among two people of one name, since in
# a clan's village names and place go together.
_TOGETHER = " or ".join([_PHONE, _FAMILY_PHONE, _HOME, f"{_KIN} > 0", _MASK, _ROLE, _POST])
AREA = Comparison(
    "area",
    f"len(areas_l) = 0 or len(areas_r) = 0 or {_TOGETHER}",
    (
        Level("near", _NEAR, m=0.7, u=4e-3),
        Level("community", _AREA, m=0.15, u=1e-2),
    ),
    Level("elsewhere", "true", m=0.15, u=0.986),
    learns=False,
)


@dataclass(frozen=True)
class Blocking:
    """A rule that makes two nodes worth comparing: they share the values of these SQL expressions.

    The expressions are over ``evidence``: one row a mention with its node (nodes.py). Blocks of
    more
    than ``cap`` nodes are left out: such a value points at nobody.
    """

    name: str
    values: tuple[str, ...]
    cap: int = 100


_BIRTH_DAY = "case when birth_precision = 'day' then birth_date end"

BLOCKING: tuple[Blocking, ...] = (
    Blocking("name and phone", ("sound", "phone")),
    Blocking("name and masked phone", ("sound", "phone_mask")),
    Blocking("name and birth date", ("sound", _BIRTH_DAY)),
    Blocking("name and birth date in the number", ("sound", "id_birth_date")),
    Blocking("name and home", ("sound", "home_number")),
    Blocking("name and standard address", ("sound", "dwelling_id")),
    Blocking("name and family number", ("sound", "department", "family_no")),
    Blocking("look-alike name and family number", ("glyphs", "department", "family_no")),
    Blocking("surname and family number", ("surname_sound", "department", "family_no"), cap=30),
    Blocking("name and compound or grid", ("sound", "near")),
    Blocking("name and community", ("sound", "area")),
    Blocking("post", ("department", POST, "family_no"), cap=60),
    Blocking("role", ("department", ROLE, "family_no"), cap=60),
    # A former name is found as a name is: both sides of a rule have its one label.
    *(
        Blocking("own or former name", (name, *values))
        for name in ("name", "former_name")
        for values in (
            ("phone",),
            ("home_number",),
            ("dwelling_id",),
            (_BIRTH_DAY,),
            ("department", "family_no"),
        )
    ),
    Blocking("name and end of a number", ("sound", "right(coalesce(number, id_text), 4)")),
    # The name itself may be wrong: then two other things must agree.
    Blocking("surname, phone and birth year", ("surname_sound", "phone", "year(birth_date)")),
    Blocking("surname and birth date", ("surname_sound", _BIRTH_DAY), cap=60),
    Blocking("surname and phone", ("surname_sound", "phone"), cap=20),
    Blocking("surname and home", ("surname_sound", "home_number"), cap=20),
    Blocking("surname and standard address", ("surname_sound", "dwelling_id"), cap=20),
    Blocking("look-alike name and phone", ("glyphs", "phone")),
    Blocking("look-alike name and birth date", ("glyphs", _BIRTH_DAY)),
    Blocking("home and birth date", ("home_number", _BIRTH_DAY)),
    Blocking("phone and birth date", ("phone", _BIRTH_DAY)),
)
# Name and a family member's name is one more rule; it needs the families (nodes.py).
KIN_CAP = 60


@dataclass(frozen=True)
class LinkModel:
    """A whole model. Weights and thresholds are in bits: log2 of the odds that two nodes are one
    person."""

    version: str
    comparisons: tuple[Comparison, ...]
    blocking: tuple[Blocking, ...]
    join_weight: float
    review_weight: float
    # Levels of `name` without which nothing joins, and evidence beside the name of which one must
    # hold.
    names_that_agree: tuple[str, ...]
    beside_the_name: tuple[tuple[str, str], ...]
    shared_place: tuple[str, ...]
    # More names than this on one telephone or at one address, and it is a village's or a clerk's.
    widely_shared: int
    # Of the people mentioned without a number, the share of whom nobody holds one. A relative who
    # is
    # meant instead would else be a candidate himself, and candidates compete already.
    absent_share: float


RESIDENTS = LinkModel(
    version=VERSION,
    comparisons=(NAME, BIRTH, BIRTH_YEAR, SEX, PAPER, PLACE, AREA),
    blocking=BLOCKING,
    join_weight=4.0,
    review_weight=1.0,
    names_that_agree=(
        "same",
        "other_name",
        "same_pinyin",
        "sounds_or_looks_alike",
        "like_shape",
        "one_character",
    ),
    beside_the_name=(
        ("birth", "same_day"),
        ("birth", "other_date_same"),
        ("birth", "day_damaged"),
        ("paper", "one_slip"),
        ("paper", "same_beginning"),
        ("place", "phone_and_home"),
        ("place", "home_and_kin"),
        ("place", "phone"),
        ("place", "family_phone"),
        ("place", "home"),
        ("place", "kin"),
        ("place", "post"),
        ("place", "role"),
        ("place", "mask"),
        ("place", "faint"),
        ("area", "near"),
        ("area", "community"),
    ),
    shared_place=(
        "post",
        "role",
        "phone_and_home",
        "home_and_kin",
        "phone",
        "home",
        "family_phone",
        "kin",
    ),
    widely_shared=8,
    absent_share=0.1,
)

# Slots that stand beside a family without belonging to it.
NOT_FAMILY = (
    *("monitor", "watcher", "manager", "worker", "landlord"),
    *("tenant", "owner", "contact", "legal_person"),  # of feeds that a home declares
)
# A booklet or card with more people than this is a dormitory's or a clerk's, not a family's.
FAMILY_LIMIT = 12


def names_alike(left: str, right: str) -> str:
    """SQL: whether two names under one number are one person's without a further look.

    ``left`` and ``right`` are relations with name, pinyin, sound, glyphs, formers (list).
    """
    a, b = left, right
    return (
        f"({a}.pinyin = {b}.pinyin or {a}.sound = {b}.sound or {a}.glyphs = {b}.glyphs"
        f" or list_contains({a}.formers, {b}.name) or list_contains({b}.formers, {a}.name)"
        f" or (contains({a}.name, '?') and {b}.name like replace({a}.name, '?', '_'))"
        f" or (contains({b}.name, '?') and {a}.name like replace({b}.name, '?', '_')))"
    )


def names_kin(left: str, right: str) -> str:
    """SQL: whether two names may be one person's if no relative of the other name is known.

    The family name agrees, or all but one of three characters or more do.
    """
    a, b = left, right
    return f"{a}.surname_sound = {b}.surname_sound or {one_character_off(f'{a}.name', f'{b}.name')}"
