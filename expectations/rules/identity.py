"""Identity numbers: citizens' (GB 11643), certificates', foreign papers', organisations'.

    _id_<column> (roles.py) -> is it there, is it one, does it fit what else the row says

Nearly all are warnings: the identity step lives with damaged numbers, and a person must not
vanish from the county for a typing error. Needs no secrets.
"""

from collections.abc import Iterator

from expectations.roles import IdColumn, id_columns, self_slot
from expectations.rule import Kind, Part, Rule, Severity, holds, matches, matches_not, on, present
from schemas.derive import literal, quoted
from schemas.model import Feed

MAY_LACK_A_NUMBER = frozenset(
    {"public_security.floating_population", "community.wish", "community.service_use"}
)
PROVINCES = [
    "11",
    "12",
    "13",
    "14",
    "15",
    "21",
    "22",
    "23",
    "31",
    "32",
    "33",
    "34",
    "35",
    "36",
    "37",
    "41",
    "42",
    "43",
    "44",
    "45",
    "46",
    "50",
    "51",
    "52",
    "53",
    "54",
    "61",
    "62",
    "63",
    "64",
    "65",
    "71",
    "81",
    "82",
    "83",
]
_CERTIFICATE = "^[0-9]{17}[0-9X][1-7][1-4](B[0-9])?$"
_PLACEHOLDER = "^(0+|1{6,}|9{6,}|123456[0-9X]*|[X*]+|无|不详|未知|没有|无证|待补|暂无)$"
_BORN_ALIKE = "{born} = {birth}"


def _citizens(feed: Feed) -> Iterator[IdColumn]:
    return (ids for ids in id_columns(feed) if not ids.slot.id_length)


def _when_full(ids: IdColumn, predicate: str) -> str:
    return f"case when {quoted(ids.is_full)} then {predicate} end"


def _nobody(feed: Feed) -> Iterator[Part]:
    slot = self_slot(feed)
    names = ["name", "latin_surname", "latin_given_names"]
    if slot and slot.id_no and "name" in (column.name for column in feed.columns):
        known = [name for name in names if any(column.name == name for column in feed.columns)]
        filled = (f"nullif(trim({quoted(name)}), '')" for name in (*known, slot.id_no))
        yield holds(f"coalesce({', '.join(filled)}) is not null", *known, slot.id_no)


def _missing(feed: Feed) -> Iterator[Part]:
    if feed.id not in MAY_LACK_A_NUMBER:
        yield from (present(ids.name) for ids in _citizens(feed))


def _not_normal(feed: Feed) -> Iterator[Part]:
    for ids in _citizens(feed):
        yield holds(f"{quoted(ids.name)} = {quoted(ids.comparable)}", ids.name)


def _characters(feed: Feed) -> Iterator[Part]:
    allowed = f"^([0-9]+X?|[0-9](\\.[0-9]+)?E\\+?[0-9]+|{_CERTIFICATE[1:-1]}|{_PLACEHOLDER[2:-2]})$"
    return (matches(ids.comparable, allowed, plain=ids.is_full) for ids in _citizens(feed))


def _lengths(feed: Feed) -> Iterator[Part]:
    for ids in _citizens(feed):
        number = quoted(ids.comparable)
        filler = f"regexp_matches({number}, {literal(_PLACEHOLDER)})"
        digits = f"regexp_matches({number}, '^[0-9]+X?$') and not {filler}"
        size = f"length({number}) in (15, 18, 20)"
        predicate = f"case when {quoted(ids.is_full)} then true when {digits} then {size} end"
        yield holds(predicate, ids.name)


def _old(feed: Feed) -> Iterator[Part]:
    return (
        matches_not(ids.comparable, "^[0-9]{15}$", plain=ids.is_full) for ids in _citizens(feed)
    )


def _scientific(feed: Feed) -> Iterator[Part]:
    return (
        matches_not(ids.comparable, "^[0-9](\\.[0-9]+)?E\\+?[0-9]+$", plain=ids.is_full)
        for ids in _citizens(feed)
    )


def _rounded(feed: Feed) -> Iterator[Part]:
    """Such an end is right once in a thousand numbers: then the check character fits."""
    for ids in _citizens(feed):
        rounded = f"not {quoted(ids.is_valid)} and ends_with({quoted(ids.comparable)}, '000')"
        yield holds(f"not ({rounded})", ids.name)


def _checked(feed: Feed) -> Iterator[Part]:
    for ids in id_columns(feed):
        rounded = f"ends_with({quoted(ids.comparable)}, '000')"
        yield holds(f"{quoted(ids.is_valid)} or {rounded}", ids.name)


def _born_right(feed: Feed) -> Iterator[Part]:
    for ids in id_columns(feed):
        born = quoted(ids.born)
        plausible = f"{born} is not null and {born} between date '1890-01-01' and _today"
        yield holds(_when_full(ids, plausible), ids.name)


def _born_as_said(feed: Feed) -> Iterator[Part]:
    for ids in id_columns(feed):
        birth = ids.slot.birth_date
        if birth:
            same = _BORN_ALIKE.format(born=quoted(ids.born), birth=quoted(birth))
            exact = f"{quoted(birth + '_precision')} = 'day'"
            yield holds(f"case when {exact} then {same} end", ids.name, birth)


def _sex_as_said(feed: Feed) -> Iterator[Part]:
    for ids in id_columns(feed):
        sex = literal(ids.slot.sex_is) if ids.slot.sex_is else ids.slot.sex and quoted(ids.slot.sex)
        if sex:
            digit = f"{quoted(ids.digits)} % 2"
            same = f"({digit} = 1) = ({sex} = '1')"
            yield holds(
                f"case when {sex} in ('1', '2') and {quoted(ids.is_full)} then {same} end",
                *filter(None, [ids.name, ids.slot.sex]),
            )


def _no_certificate(feed: Feed) -> Iterator[Part]:
    return (matches_not(ids.comparable, _CERTIFICATE, plain=ids.is_full) for ids in _citizens(feed))


def _region(feed: Feed) -> Iterator[Part]:
    known = ", ".join(PROVINCES)
    for ids in id_columns(feed):
        yield holds(_when_full(ids, f"{quoted(ids.digits)} // {10**15} in ({known})"), ids.name)


def _placeholder(feed: Feed) -> Iterator[Part]:
    return (matches_not(ids.comparable, _PLACEHOLDER, plain=ids.is_full) for ids in _citizens(feed))


def _held_once(feed: Feed) -> Iterator[Part]:
    holder = {
        "public_security.resident_register": "person_no",
        "civil_affairs.assistance_member": "_key",
        "civil_affairs.elderly_allowance": "_key",
        "civil_affairs.disability_certificate": "_key",
        "civil_affairs.left_behind_child": "_key",
        "civil_affairs.cremation": "_key",
    }.get(feed.id)
    for ids in id_columns(feed) if holder else ():
        window = f"over (partition by {quoted(ids.comparable)})"
        alone = f"min({quoted(str(holder))}) {window} = max({quoted(str(holder))}) {window}"
        yield holds(f"case when {quoted(ids.comparable)} is not null then {alone} end", ids.name)


_CERTIFICATE_NO = 'upper(trim("certificate_no"))'
_USCC = 'upper(trim("uscc"))'
_USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_SUM = " + ".join(
    f"{3 ** (at - 1) % 31} * (strpos('{_USCC_LETTERS}', substr({_USCC}, {at}, 1)) - 1)"
    for at in range(1, 18)
)
_USCC_FORM = f"^[{_USCC_LETTERS}]{{2}}[0-9]{{6}}[{_USCC_LETTERS}]{{10}}$"

_I, _E, _W = Kind.IDENTITY, Severity.ERROR, Severity.WARNING

RULES = (
    Rule(
        "identity.nobody",
        _I,
        _E,
        "Neither a name nor a number",
        "姓名和证件号码均为空",
        "Such a row names nobody: no step can say whom it is about.",
        _nobody,
    ),
    Rule(
        "identity.id_missing",
        _I,
        _W,
        "No identity number",
        "身份证号码为空",
        "The person is found by name, birth and address only, less surely.",
        _missing,
        0.1,
    ),
    Rule(
        "identity.id_not_normalised",
        _I,
        _W,
        "Number with blanks, full-width or lower-case characters",
        "身份证号码含空格、全角或小写字符",
        "Systems that compare it as text take it for another number.",
        _not_normal,
        0.02,
    ),
    Rule(
        "identity.id_characters",
        _I,
        _W,
        "Number with characters that no number has",
        "身份证号码含非法字符",
        "It cannot be compared; often a passport or a note in the wrong field.",
        _characters,
        0.01,
    ),
    Rule(
        "identity.id_length",
        _I,
        _W,
        "Number of a wrong length",
        "身份证号码位数错误",
        "A digit was lost or doubled in typing.",
        _lengths,
        0.01,
    ),
    Rule(
        "identity.id_15_digits",
        _I,
        _W,
        "Number of the old 15 digits",
        "身份证号码为15位旧号",
        "Valid until 2012; it carries no check digit and no century.",
        _old,
        0.05,
    ),
    Rule(
        "identity.id_scientific",
        _I,
        _W,
        "Number written by Excel as 3.62E+17",
        "身份证号码被Excel转为科学计数",
        "Twelve digits or more are lost; ask the department for the original.",
        _scientific,
        0.02,
    ),
    Rule(
        "identity.id_rounded",
        _I,
        _W,
        "Number rounded by Excel to 15 digits, then 000",
        "身份证号码末三位被Excel置零",
        "The last three digits are lost; the rest still identifies birth date and place.",
        _rounded,
        0.02,
    ),
    Rule(
        "identity.id_checksum",
        _I,
        _W,
        "Check digit does not fit",
        "身份证号码校验位错误",
        "One digit is wrong or two are swapped (GB 11643).",
        _checked,
        0.03,
    ),
    Rule(
        "identity.id_birth_part",
        _I,
        _W,
        "The date inside the number cannot be",
        "身份证号码中的出生日期无效",
        "Digits 7 to 14 must be a day from 1890 to today.",
        _born_right,
        0.01,
    ),
    Rule(
        "identity.id_birth_mismatch",
        _I,
        _W,
        "Birth date differs from the one in the number",
        "出生日期与身份证号码不符",
        "One of the two is wrong, or the birthday was given in the lunar calendar.",
        _born_as_said,
        0.05,
    ),
    Rule(
        "identity.id_sex_mismatch",
        _I,
        _W,
        "Sex differs from the one in the number",
        "性别与身份证号码不符",
        "Digit 17 is odd for men; the number may be another person's.",
        _sex_as_said,
        0.02,
    ),
    Rule(
        "identity.id_is_disability_certificate",
        _I,
        _W,
        "A disability certificate's number in the id field",
        "身份证号码栏填写了残疾人证号",
        "Its first 18 characters are the citizen number; the department should correct the field.",
        _no_certificate,
        0.02,
    ),
    Rule(
        "identity.id_region",
        _I,
        _W,
        "The number begins with no province",
        "身份证号码前两位不是省级区划",
        "GB/T 2260 knows 34 provinces; permits of HK, Macao and Taiwan begin 81 to 83.",
        _region,
        0.01,
    ),
    Rule(
        "identity.id_placeholder",
        _I,
        _W,
        "A filler instead of a number",
        "身份证号码为占位内容",
        "Equal fillers would make one person of many.",
        _placeholder,
        0.01,
    ),
    Rule(
        "identity.id_held_twice",
        _I,
        _W,
        "One number on two persons or records (重号)",
        "同一身份证号码对应多人或多条记录",
        "Either a duplicate entry or one number held by two people.",
        _held_once,
        0.01,
        across_rows=True,
    ),
    Rule(
        "identity.certificate_form",
        _I,
        _W,
        "A disability certificate's number of a wrong form",
        "残疾人证号格式错误",
        "18 characters of the citizen number, kind, level, then B and a digit for a reissue.",
        on(
            "civil_affairs.disability_certificate",
            holds(f"regexp_matches({_CERTIFICATE_NO}, {literal(_CERTIFICATE)})", "certificate_no"),
        ),
        0.02,
    ),
    Rule(
        "identity.spouses_share_number",
        _I,
        _W,
        "Both parties of a marriage have one number",
        "婚姻登记双方身份证号码相同",
        "One of the two was typed into both fields.",
        on(
            "civil_affairs.marriage_registration",
            holds('"_id_husband_id_no" <> "_id_wife_id_no"', "husband_id_no", "wife_id_no"),
        ),
    ),
    Rule(
        "identity.document_form",
        _I,
        _W,
        "A travel document's number of a wrong form",
        "境外证件号码格式错误",
        "Letters and digits, 5 to 18 of them.",
        on("public_security.foreign_resident", matches("id_no", "^[A-Za-z0-9()/-]{5,18}$")),
        0.02,
    ),
    Rule(
        "identity.uscc_form",
        _I,
        _W,
        "A social credit code of a wrong form",
        "统一社会信用代码格式错误",
        "18 characters of GB 32100, the letters I, O, S, V and Z are not used.",
        on("city_management.shop", holds(f"regexp_matches({_USCC}, '{_USCC_FORM}')", "uscc")),
        0.05,
    ),
    Rule(
        "identity.uscc_checksum",
        _I,
        _W,
        "A social credit code whose check character does not fit",
        "统一社会信用代码校验位错误",
        "One character is wrong (GB 32100).",
        on(
            "city_management.shop",
            holds(
                f"case when regexp_matches({_USCC}, '{_USCC_FORM}') then "
                f"substr('{_USCC_LETTERS}', (31 - ({_USCC_SUM}) % 31) % 31 + 1, 1) "
                f"= substr({_USCC}, 18, 1) end",
                "uscc",
            ),
        ),
        0.05,
    ),
)
