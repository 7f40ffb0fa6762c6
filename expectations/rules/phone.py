"""Telephones: what cannot be dialled, what is masked, and contacts that an emergency needs.

    _phone_<column> (roles.py), without blanks, dashes and +86 -> its form

All are warnings. Needs no secrets.
"""

from collections.abc import Iterator

from expectations.roles import phone_columns
from expectations.rule import Bind, Kind, Part, Rule, Severity, holds, matches_not, present
from schemas.derive import quoted
from schemas.model import Feed

_MOBILE = "1[3-9][0-9]{9}"
_LANDLINE = "(0[1-9][0-9]{1,2})?[2-8][0-9]{6,7}"
_SHORT = "1[0-2][0-9]{1,3}|9[56][0-9]{3}|400[0-9]{7}"
_SEVERAL = f"^({_MOBILE}|{_LANDLINE})[/、,，;；]+({_MOBILE}|{_LANDLINE})"
_FILLERS = "^(1[3-9][0-9](0{8}|1{8})|13800138000|12345678901|0+|1+|无|不详|未知|没有|暂无)$"


def _well_formed(feed: Feed) -> Iterator[Part]:
    """Masked numbers, several in one field and fillers have rules of their own."""
    form = f"^({_MOBILE}|{_LANDLINE}|{_SHORT})$"
    for name in phone_columns(feed):
        phone = quoted(f"_phone_{name}")
        others = " or ".join(
            f"regexp_matches({phone}, '{regex}')" for regex in ("[*＊Xx]", _SEVERAL, _FILLERS)
        )
        odd = f"regexp_matches({phone}, '{form}') or {others}"
        yield holds(f"case when {quoted(f'_mobile_{name}')} then true else {odd} end", name)


def _no(regex: str) -> Bind:
    return lambda feed: (
        matches_not(f"_phone_{name}", regex, plain=f"_mobile_{name}")
        for name in phone_columns(feed)
    )


def _no_filler(feed: Feed) -> Iterator[Part]:
    """Fillers may look like mobile numbers."""
    return (matches_not(f"_phone_{name}", _FILLERS) for name in phone_columns(feed))


def _reachable(feed: Feed) -> Iterator[Part]:
    """Whoever is called in an emergency, or looks after a child or a grid."""
    for slot in feed.mentions:
        if slot.phone and slot.slot in ("watcher", "manager", "monitor", "worker"):
            yield present(slot.phone)
        if slot.phone and slot.slot == "guardian" and feed.name == "left_behind_child":
            yield present(slot.phone)


_P, _W = Kind.PHONE, Severity.WARNING

RULES = (
    Rule(
        "phone.malformed",
        _P,
        _W,
        "A telephone that cannot be dialled",
        "电话号码格式错误",
        "A digit was lost or doubled.",
        _well_formed,
        0.03,
    ),
    Rule(
        "phone.masked",
        _P,
        _W,
        "A masked telephone",
        "电话号码被脱敏",
        "138****1234 can neither be dialled nor compared.",
        _no("[*＊Xx]"),
        0.02,
    ),
    Rule(
        "phone.landline",
        _P,
        _W,
        "A landline",
        "联系电话为座机",
        "It tells a dwelling or an office, not a person.",
        _no(f"^{_LANDLINE}$"),
        0.1,
    ),
    Rule(
        "phone.several",
        _P,
        _W,
        "Several telephones in one field",
        "一个字段填写多个电话",
        "Only one number can be compared.",
        _no(_SEVERAL),
        0.02,
    ),
    Rule(
        "phone.filler",
        _P,
        _W,
        "A filler instead of a telephone",
        "电话号码为占位内容",
        "Equal fillers would tie strangers together.",
        _no_filler,
        0.01,
    ),
    Rule(
        "phone.contact_missing",
        _P,
        _W,
        "No telephone of somebody who must be reached",
        "责任人或监护人电话为空",
        "Watchers, managers, grid workers and guardians are called when it matters.",
        _reachable,
        0.02,
    ),
)
