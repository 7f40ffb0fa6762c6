"""Names made comparable, a column of distinct values at a time, through tables over code points.

    as written -> NFKC, no blanks and dots, simplified, private-use repaired -> name
               -> pinyin with surname readings -> near-homophone fold ; look-alike fold

CJK is kept: a name is never folded to ASCII, pinyin is a key beside it. What cannot be read becomes
``?``, one unknown character. No secrets. Alone:
``comparable_names(pa.array(["曾芳"])).to_pylist()``.
"""

import re
from functools import cache
from itertools import chain

import numpy as np
import numpy.typing as npt
import opencc
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.identity.comparable.name_data import (
    COMPOUND_SURNAMES,
    LOOK_ALIKE,
    PLACEHOLDERS,
    SURNAME_READINGS,
)

Codes = npt.NDArray[np.int32]

SCHEMA = pa.schema(
    [
        ("written", pa.string()),
        ("name", pa.string()),
        ("surname", pa.string()),
        ("pinyin", pa.string()),
        ("sound", pa.string()),
        ("surname_sound", pa.string()),
        ("glyphs", pa.string()),
    ]
)
_CODE_POINTS = 0x40000
_WIDTH, _SHORT = 24, 4
_UNREADABLE = ord("?")
_DROPPED = r"[\s·•・‧．.。,，'’`\-_（）()《》\x{00B7}\x{2022}\x{200B}\x{FEFF}\x{3000}]"
# 某某, 无名氏, 测试, 未命名, 张某 and the like name nobody; a single character is no full name.
_NOBODY = re.compile(
    "某|无名|未命名|测试|不详|未知|婴儿|新生儿|之子|之女|待定|空户|TEST|^NULL$|^NONE$"
)


def comparable_names(values: pa.Array) -> pa.Table:
    """Distinct names as written -> one row each, of ``SCHEMA``.

    ``name`` null means that the text names nobody. ``pinyin`` has no tones and no blanks, ``sound``
    folds what southern speakers confuse (n/l, f/h, zh/z, ch/c, sh/s, final ng/n), ``glyphs`` folds
    characters that look alike. Every key of an unreadable character holds ``?`` in its place.
    """
    cleaned = _cleaned(values)
    is_long = pc.greater(pc.utf8_length(cleaned), _SHORT)
    if pc.any(is_long).as_py() and not pc.all(is_long).as_py():
        # Few names are long, and every name pays for the longest beside it.
        parts = [values.filter(pc.invert(is_long)), values.filter(is_long)]
        return pa.concat_tables(comparable_names(part) for part in parts)
    codes = _code_points(cleaned)
    codes = _simplified()[codes]
    name = _texts(codes)
    nobody = _names_nobody(name)
    surname_length = _surname_lengths(codes)
    surname = pc.utf8_slice_codeunits(name, 0, 1)
    surname = pc.if_else(
        pa.array(surname_length == 2), pc.utf8_slice_codeunits(name, 0, 2), surname
    )
    pinyin, sound, surname_sound = _spoken(codes, surname_length)
    columns = [name, surname, pinyin, sound, surname_sound, _texts(_look_alike()[codes])]
    none = pa.scalar(None, pa.string())
    return pa.table(
        [values, *(pc.if_else(nobody, none, column) for column in columns)], schema=SCHEMA
    )


def _cleaned(values: pa.Array) -> pa.Array:
    text = pc.utf8_upper(pc.utf8_normalize(values.cast(pa.string()), form="NFKC"))
    return pc.replace_substring_regex(pc.fill_null(text, ""), _DROPPED, "")


def _code_points(text: pa.Array) -> Codes:
    """Each text as a row of at most ``_WIDTH`` code points, padded with 0, as wide as the
    longest."""
    longest = pc.max(pc.utf8_length(text)).as_py() or 0
    width = min(max(longest, _SHORT), _WIDTH)
    cut = pc.utf8_slice_codeunits(text, 0, width).to_numpy(zero_copy_only=False)
    if not len(cut):
        return np.zeros((0, width), dtype=np.int32)
    fixed = np.ascontiguousarray(cut.astype(f"U{width}"))
    points = fixed.view(np.int32).reshape(len(cut), width)
    return np.where(points < _CODE_POINTS, points, np.int32(_UNREADABLE))


def _texts(codes: Codes) -> pa.Array:
    rows = np.ascontiguousarray(codes.astype(np.int32))
    return pa.array(rows.view(f"U{codes.shape[1]}").reshape(len(codes)).astype(object), pa.string())


def _names_nobody(name: pa.Array) -> pa.Array:
    readable = pc.replace_substring(name, "?", "")
    short = pc.less(pc.utf8_length(readable), 1)
    listed = pc.is_in(name, value_set=pa.array(sorted(PLACEHOLDERS)))
    single = pc.less(pc.utf8_length(name), 2)
    return pc.or_(
        pc.or_(short, listed), pc.or_(single, pc.match_substring_regex(name, _NOBODY.pattern))
    )


def _surname_lengths(codes: Codes) -> npt.NDArray[np.int8]:
    """2 for compound surnames (欧阳, 尉迟) that leave a given name, else 1."""
    pairs = codes[:, 0].astype(np.int64) * _CODE_POINTS + codes[:, 1]
    known = np.array([ord(s[0]) * _CODE_POINTS + ord(s[1]) for s in COMPOUND_SURNAMES])
    return np.where(np.isin(pairs, known) & (codes[:, 2] > 0), 2, 1).astype(np.int8)


def _spoken(
    codes: Codes, surname_length: npt.NDArray[np.int8]
) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Pinyin of the whole name, its near-homophone fold, and the fold of the surname alone."""
    syllables, folded, of_code, of_surname, of_compound = _readings()
    index = of_code[codes]
    index[:, 0] = of_surname[codes[:, 0]]
    for surname, reading in of_compound.items():
        rows = (codes[:, 0] == ord(surname[0])) & (codes[:, 1] == ord(surname[1]))
        rows &= surname_length == 2
        index[rows, 0], index[rows, 1] = reading
    used = max(1, int((codes > 0).sum(axis=1).max(initial=1)))
    words = [syllables.take(pa.array(index[:, i])) for i in range(used)]
    folds = [folded.take(pa.array(index[:, i])) for i in range(used)]
    second = pc.if_else(pa.array(surname_length == 2), folds[min(1, used - 1)], "")
    return _joined(words), _joined(folds), _joined([folds[0], second])


def _joined(parts: list[pa.Array]) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


@cache
def _simplified() -> Codes:
    """Code point -> the simplified, repaired one; 0 drops nothing (blanks are gone by now)."""
    table = np.arange(_CODE_POINTS, dtype=np.int32)
    cjk = [
        chr(code)
        for code in (*range(0x3400, 0xA000), *range(0xF900, 0xFB00), *range(0x20000, 0x2FA20))
    ]
    convert = opencc.OpenCC("t2s").convert
    # Twice: what 薴 becomes is itself the traditional form of another letter.
    simple = convert(convert("\n".join(cjk))).split("\n")
    for before, after in zip(cjk, simple, strict=True):
        table[ord(before)] = ord(after) if len(after) == 1 else ord(before)
    table[0xE000:0xF900] = _UNREADABLE
    for private, public in _gb18030_private().items():
        table[private] = table[public]
    for unreadable in "□■〓�*＊":
        table[ord(unreadable)] = _UNREADABLE
    return table


def _gb18030_private() -> dict[int, int]:
    """Private-use code points of GBK and GB 18030-2000 (U+E815 on) -> what they are now.

    The bytes FE50 to FEA0 stand in one order in both, so the codec's own answer for each is the
    repair;
    what Python's codec still leaves private is taken from GB 18030-2022.
    """
    second = [byte for byte in range(0x50, 0xA1) if byte != 0x7F]
    later = {0xFE59: 0x9FB4, 0xFE61: 0x9FB5, 0xFE66: 0x9FB6, 0xFE67: 0x9FB7}
    later |= {0xFE6D: 0x9FB8, 0xFE7E: 0x9FB9, 0xFE90: 0x9FBA, 0xFEA0: 0x9FBB}
    repaired: dict[int, int] = {}
    for position, byte in enumerate(second):
        public = later.get(0xFE00 + byte) or ord(bytes([0xFE, byte]).decode("gb18030"))
        if not 0xE000 <= public < 0xF900:
            repaired[0xE815 + position] = public
    return repaired


@cache
def _look_alike() -> Codes:
    table = np.arange(_CODE_POINTS, dtype=np.int32)
    for group in LOOK_ALIKE:
        table[[ord(letter) for letter in group]] = ord(group[0])
    return table


@cache
def _readings() -> tuple[pa.Array, pa.Array, Codes, Codes, dict[str, tuple[int, int]]]:
    """Syllables, their folds, and tables from a code point (as given name, as surname) to a
    syllable."""
    letters = [chr(c) for c in (*range(0x3400, 0xA000), *range(0x20000, 0x2FA20))]
    read = _read(letters)
    plain = {chr(c): chr(c).lower() for c in range(33, 127)}
    of_letter = plain | dict(zip(letters, read, strict=True))
    compound = {s: r.split() for s, r in COMPOUND_SURNAMES.items()}
    words = sorted({*of_letter.values(), *SURNAME_READINGS.values(), *chain(*compound.values())})
    position = {word: i + 1 for i, word in enumerate(words)}
    of_code = np.full(_CODE_POINTS, position["?"], dtype=np.int32)
    of_code[0] = 0
    for letter, word in of_letter.items():
        of_code[ord(letter)] = position[word]
    of_surname = of_code.copy()
    for surname, word in SURNAME_READINGS.items():
        of_surname[ord(surname)] = position[word]
    pairs = {s: (position[r[0]], position[r[1]]) for s, r in compound.items()}
    folds = [word if len(word) == 1 else fold(word) for word in words]
    return pa.array(["", *words]), pa.array(["", *folds]), of_code, of_surname, pairs


def _read(letters: list[str]) -> list[str]:
    """The first reading of each letter without its tone, as pypinyin has it; "?" where it has none.

    It is asked for one letter of each reading: for all of them it takes ten times as long.
    """
    # Its dictionary takes half a second to load, and a quiet night reads no name.
    from pypinyin import lazy_pinyin
    from pypinyin.constants import PINYIN_DICT

    toned = [PINYIN_DICT.get(ord(letter), "").split(",")[0] for letter in letters]
    asked = dict(zip(toned, letters, strict=True)) | {"": "?"}
    plain = dict(zip(asked, lazy_pinyin([*asked.values()], errors=lambda text: "?"), strict=True))
    return [plain[reading] for reading in toned]


_FOLDS: tuple[tuple[str, str], ...] = (
    ("^([zcs])h", r"\1"),
    ("^[nl]", "l"),
    ("^lv", "lu"),
    ("^f", "h"),
    ("^hua", "ha"),
    ("^hu(i|n)", r"he\1"),
    ("^hong", "hen"),
    ("ng$", "n"),
)


def fold(syllable: str) -> str:
    """One syllable with near-homophones made equal.

    >>> fold("zhang"), fold("zan"), fold("ning"), fold("lin"), fold("fei"), fold("hui")
    ('zan', 'zan', 'lin', 'lin', 'hei', 'hei')
    """
    for pattern, replacement in _FOLDS:
        syllable = re.sub(pattern, replacement, syllable)
    return syllable
