"""Households and kinship: booklets, relations to the head, ages at marriage, people on a card.

    booklet_no, relation, sex, birth date, card slots -> what does not fit

All are warnings. Needs no secrets.
"""

from collections.abc import Iterator

from expectations.rule import Kind, Part, Rule, Severity, between, holds, on, on_feeds, present
from schemas.derive import literal, quoted
from schemas.model import Feed

_REGISTER = "public_security.resident_register"
_CARD = "emergency.evacuation_card"
_MALE = [
    "11",
    "20",
    "21",
    "22",
    "23",
    "24",
    "25",
    "26",
    "27",
    "28",
    "29",
    "41",
    "43",
    "46",
    "51",
    "53",
    "55",
    "57",
    "61",
    "63",
    "71",
    "73",
    "76",
    "78",
    "81",
    "83",
    "85",
    "87",
    "89",
]
_FEMALE = [
    "12",
    "30",
    "31",
    "32",
    "33",
    "34",
    "35",
    "36",
    "37",
    "38",
    "39",
    "42",
    "44",
    "45",
    "52",
    "54",
    "56",
    "58",
    "62",
    "64",
    "72",
    "74",
    "75",
    "77",
    "82",
    "84",
    "86",
    "88",
    "90",
]
_CHILD = [
    code for code in (*_MALE, *_FEMALE) if code[0] in "23" and code not in ("27", "28", "37", "38")
]
_PEOPLE = range(1, 9)


def _codes(codes: list[str]) -> str:
    return f"({', '.join(literal(code) for code in codes)})"


def _on_card() -> str:
    filled = (f"({quoted(f'name_{n}')} is not null)::int" for n in _PEOPLE)
    return " + ".join(filled)


def _gapless() -> Iterator[Part]:
    for n in list(_PEOPLE)[1:]:
        now, before = quoted(f"name_{n}"), quoted(f"name_{n - 1}")
        yield holds(f"{now} is null or {before} is not null", f"name_{n}", f"name_{n - 1}")


def _named(feed: Feed) -> Iterator[Part]:
    """A card's person has a name wherever a sex or a birth date stands."""
    for n in _PEOPLE if feed.id == _CARD else ():
        empty = f"coalesce({quoted(f'raw_sex_{n}')}, {quoted(f'birth_date_{n}_text')}) is null"
        yield holds(f"{empty} or {quoted(f'name_{n}')} is not null", f"name_{n}", f"sex_{n}")


_OF_AGE = 'date_diff(\'month\', "{born}", "registered_on") >= 12 * {years}'
_IS_HEAD = (
    "(\"relation\" in ('01', '02') and \"household_kind\" = '1' and \"is_current\" "
    'and not coalesce("is_reversed", false) and "person_status" = \'0\')'
)
_BY_HEAD = f'over (partition by "booklet_no", {_IS_HEAD})'
_HEADS_AGREE = (
    f'case when {_IS_HEAD} then min("person_no") {_BY_HEAD} = max("person_no") {_BY_HEAD} end'
)
_H, _W = Kind.HOUSEHOLD, Severity.WARNING

RULES = (
    Rule(
        "household.booklet_missing",
        _H,
        _W,
        "Registered in no booklet",
        "户号为空",
        "The person belongs to no registered household.",
        on(_REGISTER, present("booklet_no")),
        0.01,
    ),
    Rule(
        "household.relation_missing",
        _H,
        _W,
        "No relation to the head",
        "与户主关系为空",
        "Parents and children cannot be told apart.",
        on(
            _REGISTER,
            holds(
                '"household_kind" <> \'1\' or "raw_relation" is not null',
                "relation",
                "household_kind",
            ),
        ),
        0.02,
    ),
    Rule(
        "household.relation_sex",
        _H,
        _W,
        "A relation of the other sex",
        "与户主关系与性别不符",
        "A wife is a woman, a son a man (GB/T 4761).",
        on(
            _REGISTER,
            holds(
                f'case when "relation" in {_codes(_MALE)} then "sex" <> \'2\' '
                f'when "relation" in {_codes(_FEMALE)} then "sex" <> \'1\' end',
                "relation",
                "sex",
            ),
        ),
        0.01,
    ),
    Rule(
        "household.married_too_young",
        _H,
        _W,
        "Married as a child",
        "未满18周岁却登记为已婚",
        "Marital status or birth date is wrong.",
        on(
            _REGISTER,
            holds(
                "not (\"marital_status\" in ('20', '21', '22', '23') and "
                '"birth_date" > _today - interval 18 year)',
                "marital_status",
                "birth_date",
            ),
        ),
        0.001,
    ),
    Rule(
        "household.two_heads",
        _H,
        _W,
        "Two heads in one booklet",
        "同一户号存在多名户主",
        "One of them is the head of another household, or has died.",
        on(
            _REGISTER,
            holds(
                _HEADS_AGREE,
                "booklet_no",
                "relation",
            ),
        ),
        0.01,
        across_rows=True,
    ),
    Rule(
        "household.married_under_age",
        _H,
        _W,
        "Married before the legal age",
        "结婚登记时未达法定婚龄",
        "22 for men, 20 for women: a number or the date is wrong.",
        on(
            "civil_affairs.marriage_registration",
            holds(
                f'"marriage_act" is null or {_OF_AGE.format(born="_born_husband_id_no", years=22)}',
                "husband_id_no",
                "registered_on",
            ),
            holds(
                f'"marriage_act" is null or {_OF_AGE.format(born="_born_wife_id_no", years=20)}',
                "wife_id_no",
                "registered_on",
            ),
        ),
        0.005,
    ),
    Rule(
        "household.covered_persons",
        _H,
        _W,
        "A number of persons covered that cannot be",
        "保障人数异常",
        "At least one, and hardly more than 15.",
        on("civil_affairs.assistance_member", between("covered_persons", 1, 15)),
        0.01,
    ),
    Rule(
        "household.head_is_another",
        _H,
        _W,
        "The head's row has another name than the head",
        "户主本人姓名与户主姓名不一致",
        "One of the two names is misspelt.",
        on(
            "civil_affairs.assistance_member",
            holds(
                '"relation_text" not in (\'本人\', \'户主\') or "_text_name" = "_text_head_name"',
                "name",
                "head_name",
                "relation_text",
            ),
        ),
        0.03,
    ),
    Rule(
        "household.card_empty",
        _H,
        _W,
        "A card without people",
        "明白卡无家庭成员",
        "Nobody would be looked for.",
        on(_CARD, holds(f"{_on_card()} > 0", "name_1")),
        0.01,
    ),
    Rule(
        "household.card_size",
        _H,
        _W,
        "More people on a card than in the household",
        "明白卡人数多于家庭人数",
        "The household's size was not updated.",
        on(_CARD, holds(f'"household_size" >= {_on_card()}', "household_size")),
        0.05,
    ),
    Rule(
        "household.card_unnamed",
        _H,
        _W,
        "A person on a card without a name",
        "明白卡成员缺少姓名",
        "A sex or a birth date stands without a name.",
        _named,
        0.02,
    ),
    Rule(
        "household.card_gap",
        _H,
        _W,
        "A gap between the people on a card",
        "明白卡成员顺序有空缺",
        "A column slipped, or a line was deleted.",
        on_feeds({_CARD: tuple(_gapless())}),
        0.02,
    ),
)
