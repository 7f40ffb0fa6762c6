"""Names of persons: empty, fillers, damaged characters, notes in the name field.

    _text_<column> (roles.py), without outer blanks -> what is odd about it

All are warnings: the identity step compares names by sound and by shape, and a damaged
name is still better than none. Needs no secrets.
"""

from collections.abc import Iterator

from expectations.characters import FORM_OF_ADDRESS, HAN, PLACEHOLDER_NAME, TRADITIONAL
from expectations.roles import name_columns
from expectations.rule import Bind, Kind, Part, Rule, Severity, holds, length, matches_not, present
from schemas.derive import quoted
from schemas.model import Feed


def _no(regex: str) -> Bind:
    def bound(feed: Feed) -> Iterator[Part]:
        return (
            matches_not(f"_text_{name}", regex, plain=f"_plain_{name}")
            for name in name_columns(feed)
        )

    return bound


_OF_PERSONS = ("self", "male", "female", "head", "worker", "landlord", "child", "wisher", "user")


def _given(feed: Feed) -> Iterator[Part]:
    """Foreigners may have no Chinese name; a marriage's parties, a card's head must have one."""
    for slot in feed.mentions:
        if slot.slot in _OF_PERSONS and feed.name != "foreign_resident":
            yield present(slot.name)


def _short_enough(feed: Feed) -> Iterator[Part]:
    return (
        length(f"_text_{name}", None, 30, plain=f"_plain_{name}") for name in name_columns(feed)
    )


def _long_enough(feed: Feed) -> Iterator[Part]:
    return (length(f"_text_{name}", 2, None, plain=f"_plain_{name}") for name in name_columns(feed))


def _another_one(feed: Feed) -> Iterator[Part]:
    for slot in feed.mentions:
        if slot.former_name:
            new, old = quoted(f"_text_{slot.name}"), quoted(f"_text_{slot.former_name}")
            yield holds(f"{new} <> {old}", slot.name, slot.former_name)


_N, _W = Kind.NAME, Severity.WARNING

RULES = (
    Rule(
        "name.missing",
        _N,
        _W,
        "No name",
        "姓名为空",
        "The person is found by number only.",
        _given,
        0.01,
    ),
    Rule(
        "name.placeholder",
        _N,
        _W,
        "A filler instead of a name",
        "姓名为占位内容",
        "某某, 无名 and 测试 would make one person of many.",
        _no(PLACEHOLDER_NAME),
        0.01,
    ),
    Rule(
        "name.private_use",
        _N,
        _W,
        "A character from a private code area",
        "姓名含自造字（PUA）",
        "A rare character was stored under a vendor's own code; others see a box.",
        _no("[\ue000-\uf8ff\U000f0000-\U0010fffd]"),
        0.01,
    ),
    Rule(
        "name.question_mark",
        _N,
        _W,
        "A question mark or box for a character",
        "姓名含问号或方框",
        "A rare character was lost in a conversion.",
        _no("[?？□■�]"),
        0.01,
    ),
    Rule(
        "name.masked",
        _N,
        _W,
        "A masked name",
        "姓名被脱敏",
        "张*明 cannot be told from others; the department should deliver the name.",
        _no("[*＊×●○]"),
        0.01,
    ),
    Rule(
        "name.inner_blank",
        _N,
        _W,
        "A blank inside a Chinese name",
        "中文姓名中含空格",
        "王　芳 for 王芳: typed to line up columns.",
        _no(f"[{HAN}][ 　\t]+[{HAN}]"),
        0.02,
    ),
    Rule(
        "name.latin",
        _N,
        _W,
        "Latin letters in a Chinese name",
        "中文姓名中含拼音或字母",
        "Pinyin stands for a character that could not be typed.",
        _no("[A-Za-zＡ-Ｚａ-ｚ]"),
        0.01,
    ),
    Rule(
        "name.digits",
        _N,
        _W,
        "Digits in a name",
        "姓名中含数字",
        "Twins numbered by a clerk, or a number in the wrong field.",
        _no(f"[{HAN}][0-9０-９]|[0-9０-９][{HAN}]"),
        0.01,
    ),
    Rule(
        "name.note",
        _N,
        _W,
        "A note in the name field",
        "姓名栏夹带备注",
        "张三（已故）: the note belongs elsewhere.",
        _no("[()（）【】/／、,，;；:：+]"),
        0.01,
    ),
    Rule(
        "name.form_of_address",
        _N,
        _W,
        "A form of address instead of a name",
        "姓名为称谓",
        "王先生 names nobody in particular.",
        _no(FORM_OF_ADDRESS),
        0.05,
    ),
    Rule(
        "name.middle_dot",
        _N,
        _W,
        "A middle dot of another kind",
        "姓名间隔号不规范",
        "The standard is ·; • ・ ‧ ． make another name of it.",
        _no("[•・‧．.∙⋅ᐧ﹒]"),
        0.01,
    ),
    Rule(
        "name.traditional",
        _N,
        _W,
        "Traditional characters",
        "姓名含繁体或异体字",
        "The register writes simplified forms; both may name one person.",
        _no(f"[{TRADITIONAL}]"),
        0.02,
    ),
    Rule(
        "name.too_long",
        _N,
        _W,
        "A name of more than 30 characters",
        "姓名过长",
        "More than one name, or another field's content.",
        _short_enough,
        0.001,
    ),
    Rule(
        "name.one_character",
        _N,
        _W,
        "A name of one character",
        "姓名只有一个字",
        "Surname or given name is missing.",
        _long_enough,
        0.01,
    ),
    Rule(
        "name.former_is_present",
        _N,
        _W,
        "The former name is the present one",
        "曾用名与姓名相同",
        "The field says nothing, or the new name was not entered.",
        _another_one,
        0.02,
    ),
)
