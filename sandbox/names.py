"""Names of people, and what clerks make of them.

    surname weights, generation pools ──> (surname, given) indices ──> names, homophones,
            look-alikes, traditional forms

Every spoilt form is worked out once per distinct given name, so a column of names costs one lookup
a row.
Needs no secret. Alone: python -c "from sandbox.names import book; print(len(book().given))"
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa
from opencc import OpenCC
from pypinyin import lazy_pinyin

from sandbox.name_data import (
    ETHNIC_NAMES,
    GENERATIONS,
    LOOKALIKES,
    RARE,
    SURNAME_WEIGHTS,
    SURNAMES,
)
from sandbox.streams import Ints, Mask, chance, pick
from sandbox.text import Text, join, take

RARE_SHARE: Final = 0.002
_EXTRA_HOMOPHONES: Final = (
    "伟纬卫为 君军均 丽莉力利 芳方 萍平 华桦 英瑛 秀绣 梅玫 玲琳灵 燕艳 辉晖挥 强蔷 明铭"
    " 建健 国果 杰洁 浩昊"
)


@dataclass(frozen=True)
class NameBook:
    """Every surname and given name there is, aligned with its spoilt forms (null where a name has
    none).
    """

    surnames: Text
    surnames_traditional: Text
    given: Text
    homophone: Text
    lookalike: Text
    traditional: Text
    spaced: Text
    pua: Text
    question: Text
    pinyin: Text
    dotted: tuple[Text, ...]
    starts: dict[tuple[int, int], int]
    singles: dict[tuple[int, int], tuple[int, int]]
    wholes: dict[tuple[int, int], tuple[int, int]]
    rare: tuple[int, int]
    ethnic: tuple[int, int]
    no_surname: int


@cache
def book() -> NameBook:
    """The one name book, made once per process."""
    given: list[str] = []
    starts, singles, wholes = {}, {}, {}
    for generation, (_, _, _, male, female, female_names, male_names) in enumerate(GENERATIONS):
        for sex, (pools, whole) in ((1, (male, male_names)), (2, (female, female_names))):
            first, second = pools[0].split(), pools[1].split()
            starts[generation, sex] = len(given)
            given += [a + b for a in first for b in second]
            singles[generation, sex] = (len(given), len(second))
            given += second
            wholes[generation, sex] = (len(given), len(whole.split()))
            given += whole.split()
    rare = (len(given), len(RARE) * 6)
    given += [
        prefix + letter for letter, _, _ in RARE for prefix in ("", "文", "小", "晓", "子", "")
    ]
    ethnic = (len(given), len(ETHNIC_NAMES))
    given += [name for name, _ in ETHNIC_NAMES]
    return _with_spoilt_forms(given, starts, singles, wholes, rare, ethnic)


def _with_spoilt_forms(
    given: list[str],
    starts: dict[tuple[int, int], int],
    singles: dict[tuple[int, int], tuple[int, int]],
    wholes: dict[tuple[int, int], tuple[int, int]],
    rare: tuple[int, int],
    ethnic: tuple[int, int],
) -> NameBook:
    traditional = OpenCC("s2t")
    surnames = [*SURNAMES, ""]
    return NameBook(
        surnames=pa.array(surnames),
        surnames_traditional=pa.array([traditional.convert(s) for s in surnames]),
        given=pa.array(given),
        homophone=_spoilt(given, _swapper(_homophones(given))),
        lookalike=_spoilt(given, _swapper(_lookalikes())),
        traditional=pa.array([traditional.convert(g) for g in given]),
        spaced=_spoilt(given, lambda g: " ".join(g)),
        pua=_spoilt(given, lambda g: _replaced(g, 1)),
        question=_spoilt(given, lambda g: _replaced(g, None)),
        pinyin=_spoilt(given, lambda g: _replaced(g, 2)),
        dotted=tuple(_spoilt(given, _dot_swapper(dot)) for dot in "•・‧．"),
        starts=starts,
        singles=singles,
        wholes=wholes,
        rare=rare,
        ethnic=ethnic,
        no_surname=len(SURNAMES),
    )


def _spoilt(given: list[str], spoil: Callable[[str], str]) -> Text:
    forms = [spoil(g) for g in given]
    return pa.array([f if f != g else None for f, g in zip(forms, given, strict=True)], pa.string())


def _swapper(swap: dict[str, str]) -> Callable[[str], str]:
    def last_swapped(name: str) -> str:
        for i in range(len(name) - 1, -1, -1):
            if name[i] in swap:
                return name[:i] + swap[name[i]] + name[i + 1 :]
        return name

    return last_swapped


def _dot_swapper(dot: str) -> Callable[[str], str]:
    return lambda name: name.replace("·", dot)


def _replaced(name: str, form: int | None) -> str:
    for row in RARE:
        name = name.replace(row[0], "?" if form is None else row[form])
    return name


def _homophones(given: list[str]) -> dict[str, str]:
    letters = sorted(set("".join(given)) | set(_EXTRA_HOMOPHONES) - {" "})
    by_sound: dict[str, list[str]] = {}
    for letter, sound in zip(letters, lazy_pinyin(letters), strict=True):
        if sound != letter and letter.isalpha():
            by_sound.setdefault(sound, []).append(letter)
    swaps = {}
    for alike in by_sound.values():
        if len(alike) > 1:
            swaps.update({a: alike[(i + 1) % len(alike)] for i, a in enumerate(alike)})
    return swaps


def _lookalikes() -> dict[str, str]:
    swaps: dict[str, str] = {}
    for pair in LOOKALIKES:
        swaps.setdefault(pair[0], pair[1])
        swaps.setdefault(pair[1], pair[0])
    return swaps


def draw_surnames(rng: np.random.Generator, n: int) -> Ints:
    """Surname indices by their real shares."""
    return pick(rng, SURNAME_WEIGHTS, n)


def generation_of(birth_year: Ints) -> Ints:
    """The index into GENERATIONS of each birth year."""
    bounds = np.array([g[0] for g in GENERATIONS[1:]])
    return np.asarray(np.searchsorted(bounds, birth_year, side="right"), dtype=np.int64)


def _skew(n: int) -> np.ndarray:
    return 1.0 / (np.arange(n) + 3.0) ** 0.8


def draw_given(
    rng: np.random.Generator, birth_year: Ints, sex: Ints, sibling_first: Ints | None = None
) -> Ints:
    """Given-name indices by generation and sex.

    `sibling_first` (-1 for none) names the first character that a family gives to a whole
    generation.
    """
    names = book()
    generation = generation_of(birth_year)
    out = np.zeros(len(birth_year), dtype=np.int64)
    for g, row in enumerate(GENERATIONS):
        for s in (1, 2):
            rows = np.flatnonzero((generation == g) & (sex == s))
            n_first, n_second = (len(part.split()) for part in (row[3] if s == 1 else row[4]))
            first = pick(rng, _skew(n_first), len(rows))
            if sibling_first is not None:
                wanted = sibling_first[rows]
                first = np.where(wanted >= 0, wanted % n_first, first)
            second = pick(rng, _skew(n_second), len(rows))
            drawn = names.starts[g, s] + first * n_second + second
            alone_start, n_alone = names.singles[g, s]
            alone = alone_start + pick(rng, _skew(n_alone), len(rows))
            start, n_whole = names.wholes[g, s]
            whole = start + pick(rng, _skew(n_whole), len(rows))
            kind = rng.random(len(rows)) * 100
            free = np.ones(len(rows), bool) if sibling_first is None else sibling_first[rows] < 0
            drawn = np.where(free & (kind < row[2]), alone, drawn)
            out[rows] = np.where(free & (kind > 88), whole, drawn)
    return _rare(rng, out)


def _rare(rng: np.random.Generator, given: Ints) -> Ints:
    start, n = book().rare
    mask = chance(rng, RARE_SHARE, len(given))
    return np.where(mask, start + rng.integers(0, n, len(given)), given)


def draw_ethnic(rng: np.random.Generator, sex: Ints) -> Ints:
    """Given-name indices of whole names with a middle dot, to go with no surname."""
    start, _ = book().ethnic
    men = [i for i, (_, s) in enumerate(ETHNIC_NAMES) if s == 1]
    women = [i for i, (_, s) in enumerate(ETHNIC_NAMES) if s == 2]
    drawn = np.where(sex == 1, rng.choice(men, len(sex)), rng.choice(women, len(sex)))
    return np.asarray(start + drawn, dtype=np.int64)


def names(surname: Ints, given: Ints, form: str = "given") -> Text:
    """Names as text; `form` picks the column of given names in the book."""
    the_book = book()
    column = {
        "given": the_book.given,
        "homophone": the_book.homophone,
        "lookalike": the_book.lookalike,
        "traditional": the_book.traditional,
        "pua": the_book.pua,
        "question": the_book.question,
        "pinyin": the_book.pinyin,
        "spaced": the_book.spaced,
    }[form]
    family = the_book.surnames_traditional if form == "traditional" else the_book.surnames
    return join(take(family, surname), take(column, given))


def has_form(given: Ints, form: str) -> Mask:
    """Which given names can be spoilt in this way."""
    the_book = book()
    column = the_book.dotted[0] if form == "dotted" else getattr(the_book, form)
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    return np.asarray(valid[given], dtype=bool)
