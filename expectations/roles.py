"""Which columns of a feed play which role, and the helper columns that predicates use.

    Feed.mentions, Feed.columns -> ids, names, phones ... -> `prepared`: candidate and its helpers

Helpers start with an underscore: ``_id_x`` identity number made comparable, null where the paper
is not a citizen's; ``_full_x`` it has 18 characters; ``_valid_x`` its check character fits;
``_born_x`` the day inside it; ``_text_x`` without outer blanks; ``_plain_x`` an ordinary name;
``_phone_x``, ``_mobile_x``; ``_code_x`` the code, '' if the value has none; ``_today``. No secrets.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from expectations.characters import NOT_SO_PLAIN, ODD_TEXT, PLAIN_NAME
from schemas.derive import literal, quoted
from schemas.model import Column, Feed, Slot, Type

CITIZEN_PAPERS = ("111", "112", "113")
FULL_WIDTH = "０１２３４５６７８９ＸｘＢｂ"
HALF_WIDTH = "0123456789XXBB"
BLANKS = " \u3000\u00a0\t\r\n\u200b\ufeff"


@dataclass(frozen=True)
class IdColumn:
    """A column that holds identity numbers, and what else its person's slot knows."""

    name: str
    slot: Slot

    @property
    def comparable(self) -> str:
        """The helper column with the number made comparable."""
        return f"_id_{self.name}"

    @property
    def is_full(self) -> str:
        """The helper column that says whether it has the form of an 18-character number."""
        return f"_full_{self.name}"

    @property
    def digits(self) -> str:
        """The helper column with the first 17 digits as a number."""
        return f"_digits_{self.name}"

    @property
    def is_valid(self) -> str:
        """The helper column that says whether the check character fits."""
        return f"_valid_{self.name}"

    @property
    def born(self) -> str:
        """The helper column with the date that an 18-digit number holds."""
        return f"_born_{self.name}"


def id_columns(feed: Feed) -> tuple[IdColumn, ...]:
    """The columns with identity numbers, each once."""
    found = {slot.id_no: IdColumn(slot.id_no, slot) for slot in feed.mentions if slot.id_no}
    return tuple(found.values())


def _used(feed: Feed, *attributes: str) -> tuple[str, ...]:
    values = (getattr(slot, name) for slot in feed.mentions for name in attributes)
    return tuple(dict.fromkeys(value for value in values if value))


def name_columns(feed: Feed) -> tuple[str, ...]:
    """The columns with names of persons, former names too."""
    return _used(feed, "name", "former_name")


def phone_columns(feed: Feed) -> tuple[str, ...]:
    """The columns with telephones."""
    return _used(feed, "phone")


def address_columns(feed: Feed) -> tuple[str, ...]:
    """The columns with free-text addresses."""
    named = [column.name for column in feed.columns if column.name in ("address", "full_address")]
    return tuple(dict.fromkeys([*_used(feed, "address"), *named]))


def birth_columns(feed: Feed) -> tuple[str, ...]:
    """The columns with dates of birth."""
    return _used(feed, "birth_date")


def columns_of(feed: Feed, *types: Type) -> tuple[Column, ...]:
    """The columns of these types."""
    return tuple(column for column in feed.columns if column.type in types)


def text_columns(feed: Feed) -> tuple[str, ...]:
    """Every text column."""
    return tuple(column.name for column in columns_of(feed, Type.TEXT))


def fuzzy_columns(feed: Feed) -> tuple[str, ...]:
    """Dates kept as people write them."""
    return tuple(column.name for column in feed.columns if column.fuzzy)


def self_slot(feed: Feed) -> Slot | None:
    """The person whom a row of the feed is about, if it is about one."""
    return next((slot for slot in feed.mentions if slot.slot == "self"), None)


_FULL = "^[0-9]{17}[0-9X]$"
_MOBILE = "^1[3-9][0-9]{9}$"
_PLACES = tuple(10 ** (16 - at) for at in range(17))
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
Helper = tuple[str, str]


def _matches(sql: str, regex: str) -> str:
    return f"regexp_matches({sql}, {literal(regex)})"


def _tidied(source: str) -> str:
    return f"translate({source}, {literal(FULL_WIDTH + BLANKS)}, {literal(HALF_WIDTH)})"


def _comparable_id(ids: IdColumn) -> str:
    """Most numbers are well formed; only the others are taken apart."""
    source = quoted(ids.name)
    if ids.slot.id_length:
        source = f"left({source}, {ids.slot.id_length})"
    whole = f"when {_matches(source, _FULL)} then {source}"
    papers = ""
    if ids.slot.id_type:
        citizen = ", ".join(literal(code) for code in CITIZEN_PAPERS)
        papers = f"when {quoted(ids.slot.id_type)} not in ({citizen}) then null"
    return f"case {papers} {whole} else nullif(upper({_tidied(source)}), '') end"


def _comparable_phone(name: str) -> str:
    source = quoted(name)
    marks = literal(FULL_WIDTH + BLANKS + "-—－()（）")
    digits = f"translate({source}, {marks}, {literal(HALF_WIDTH)})"
    tidy = f"nullif(regexp_replace({digits}, '^(\\+86|0086)', ''), '')"
    return f"case when {_matches(source, _MOBILE)} then {source} else {tidy} end"


def _comparables(feed: Feed) -> Iterator[Helper]:
    """Values without what writing adds to them."""
    for ids in id_columns(feed):
        yield ids.comparable, _comparable_id(ids)
    for name in dict.fromkeys([*name_columns(feed), *address_columns(feed)]):
        yield f"_text_{name}", f"nullif(trim({quoted(name)}, {literal(BLANKS)}), '')"
    for name in phone_columns(feed):
        yield f"_phone_{name}", _comparable_phone(name)
    for column in columns_of(feed, Type.CODE):
        raw, code = quoted(f"raw_{column.name}"), quoted(column.name)
        yield f"_code_{column.name}", f"case when {raw} is not null then coalesce({code}, '') end"


def _shapes(feed: Feed) -> Iterator[Helper]:
    """What is plainly well formed: rules look closer at the rest only."""
    for ids in id_columns(feed):
        yield ids.is_full, _matches(quoted(ids.comparable), _FULL)
    for name in name_columns(feed):
        text = quoted(f"_text_{name}")
        yield (
            f"_plain_{name}",
            f"{_matches(text, PLAIN_NAME)} and not {_matches(text, NOT_SO_PLAIN)}",
        )
    for name in phone_columns(feed):
        yield f"_mobile_{name}", _matches(quoted(f"_phone_{name}"), _MOBILE)
    texts = ", ".join(quoted(name) for name in text_columns(feed))
    yield "_odd_text", _matches(f"concat_ws(' ', {texts})", ODD_TEXT)


def _digits(feed: Feed) -> Iterator[Helper]:
    for ids in id_columns(feed):
        number = f"left({quoted(ids.comparable)}, 17)::bigint"
        yield ids.digits, f"case when {quoted(ids.is_full)} then {number} end"


def _day(number: str) -> str:
    """The date in an 18-digit number, or null where there is no such day."""
    year, month, day = (
        f"({number} // {by} % {of})" for by, of in ((10**7, 10**4), (10**5, 100), (1000, 100))
    )
    last = f"day(last_day(make_date({year}, {month}, 1)))"
    return (
        f"case when {month} not between 1 and 12 or {year} = 0 then null "
        f"when {day} between 1 and 28 or {day} between 29 and {last} "
        f"then make_date({year}, {month}, {day}) end"
    )


def _inside(feed: Feed) -> Iterator[Helper]:
    """What an 18-digit number says of itself (GB 11643)."""
    for ids in id_columns(feed):
        number = quoted(ids.digits)
        terms = (
            f"{weight} * ({number} // {place} % 10)"
            for weight, place in zip(_WEIGHTS, _PLACES, strict=True)
        )
        check = f"substr('10X98765432', (({' + '.join(terms)}) % 11 + 1)::bigint, 1)"
        yield ids.is_valid, f"{check} = right({quoted(ids.comparable)}, 1)"
        yield ids.born, _day(number)


def prepared(feed: Feed, relation: str, as_of: date) -> str:
    """The subquery that predicates are evaluated over; DuckDB computes only what they use."""
    source = f"select *, date '{as_of.isoformat()}' as _today from {relation}"
    for level in (_comparables, _shapes, _digits, _inside):
        helpers = "".join(f", {sql} as {quoted(name)}" for name, sql in level(feed))
        source = f"select *{helpers} from ({source})"
    return f"({source})"
