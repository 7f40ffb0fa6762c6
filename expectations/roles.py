"""Which columns of a feed play which role, and the columns that predicates are written over.

    Feed.mentions, Feed.columns -> names, ids, phones ... -> `prepared`: candidate plus helper columns

Helper columns start with an underscore: ``_id_x`` is the identity number of x made comparable (null
where the document is not a citizen's), ``_text_x`` a name without outer blanks, ``_code_x`` a code
or '' where the delivered value has none, ``_phone_x`` a phone, ``_born_x`` the date inside a number,
``_today`` the business date. Needs no secrets.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

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


def _comparable_id(ids: IdColumn) -> str:
    source = quoted(ids.name)
    if ids.slot.id_length:
        source = f"left({source}, {ids.slot.id_length})"
    tidy = f"nullif(upper(translate({source}, {literal(FULL_WIDTH + BLANKS)}, {literal(HALF_WIDTH)})), '')"
    if not ids.slot.id_type:
        return tidy
    papers = ", ".join(literal(code) for code in CITIZEN_PAPERS)
    return f"case when coalesce({quoted(ids.slot.id_type)}, '111') in ({papers}) then {tidy} end"


def _born(ids: IdColumn) -> str:
    number = quoted(ids.comparable)
    digits = f"regexp_matches({number}, '^[0-9]{{17}}[0-9X]$')"
    return f"case when {digits} then try_strptime(substr({number}, 7, 8), '%Y%m%d')::date end"


def _first_pass(feed: Feed) -> Iterator[tuple[str, str]]:
    for ids in id_columns(feed):
        yield ids.comparable, _comparable_id(ids)
    for name in name_columns(feed):
        yield f"_text_{name}", f"nullif(trim({quoted(name)}, {literal(BLANKS)}), '')"
    for name in address_columns(feed):
        yield f"_text_{name}", f"nullif(trim({quoted(name)}, {literal(BLANKS)}), '')"
    for name in phone_columns(feed):
        digits = f"translate({quoted(name)}, {literal(FULL_WIDTH + BLANKS + '-—－()（）')}, {literal(HALF_WIDTH)})"
        yield f"_phone_{name}", f"nullif(regexp_replace({digits}, '^(\\+86|0086)', ''), '')"
    for column in columns_of(feed, Type.CODE):
        raw = quoted(f"raw_{column.name}")
        yield (
            f"_code_{column.name}",
            f"case when {raw} is not null then coalesce({quoted(column.name)}, '') end",
        )


def prepared(feed: Feed, relation: str, as_of: date) -> str:
    """The subquery that predicates are evaluated over; DuckDB computes only what they use."""
    first = ", ".join(f"{sql} as {quoted(name)}" for name, sql in _first_pass(feed))
    second = ", ".join(f"{_born(ids)} as {quoted(ids.born)}" for ids in id_columns(feed))
    inner = f"select *, date '{as_of.isoformat()}' as _today{', ' if first else ''}{first} from {relation}"
    return f"(select *{', ' if second else ''}{second} from ({inner}))"
