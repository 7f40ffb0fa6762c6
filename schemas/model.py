"""The vocabulary of the declarations: columns, code lists, feeds, and the people a feed mentions.

    Column ─┬─ Feed ──┬─ Arrow schema, DDL, docs (schemas.derive)
    CodeList┘         └─ conform SQL, rules, mention SQL (pipelines, expectations)

Needs no secrets. Alone: ``python -c "from schemas import FEEDS; print(len(FEEDS))"``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

Frozen = MappingProxyType


class Sensitivity(StrEnum):
    """Who may see a column; GB/T 35273 names the last two."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


class Type(StrEnum):
    """What a conformed value is. Dates are calendar dates, timestamps are instants in UTC."""

    TEXT = "text"
    CODE = "code"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    MONTH = "month"
    TIMESTAMP = "timestamp"
    TEXT_LIST = "text_list"


class Delivery(StrEnum):
    """How a feed's deliveries follow one another (feeds.md)."""

    CURSOR = "cursor"
    SNAPSHOT = "snapshot"
    INCREMENT = "increment"
    APPEND = "append"


@dataclass(frozen=True)
class CodeList:
    """A closed or open list of codes.

    ``codes`` maps our code to its Chinese name. ``open_ended`` lists may grow at the
    department: an unknown value is counted, not refused.
    """

    name: str
    title: str
    title_zh: str
    codes: Mapping[str, str]
    standard: str | None = None
    open_ended: bool = False


@dataclass(frozen=True)
class Column:
    """One column of a feed: the department's name for it, ours, and what it means.

    ``fuzzy`` dates hold what people wrote (day 00, an age, an Excel serial); conform
    makes three columns of one: ``x`` (date), ``x_precision`` (day, month, year, age, none)
    and ``x_text`` as delivered. ``code_map`` turns the department's own values into
    the codes of ``code_list``; a value that is in neither breaks the column's code rule.
    ``shareable_with`` names the departments that may be told a value of this column where it
    contradicts their own record of the same person; by default nobody may.
    """

    source: str
    name: str
    type: Type
    description: str
    title_zh: str
    sensitivity: Sensitivity
    code_list: str | None = None
    code_map: Mapping[str, str] = field(default_factory=lambda: Frozen({}))
    fuzzy: bool = False
    unit: str | None = None
    standard: str | None = None
    optional: bool = False
    shareable_with: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Slot:
    """One person whom a row mentions; the other fields name hub columns of the feed.

    ``person_no`` is the department's own stable id of a person (RYID), ``family_no``
    a booklet, benefit family, card, worker's file or watched site, ``sex_is`` a sex that the
    slot itself implies.
    """

    slot: str
    name: str
    id_no: str | None = None
    id_type: str | None = None
    sex: str | None = None
    birth_date: str | None = None
    former_name: str | None = None
    ethnicity: str | None = None
    phone: str | None = None
    address: str | None = None
    standard_address_id: str | None = None
    person_no: str | None = None
    family_no: str | None = None
    relation: str | None = None
    sex_is: str | None = None
    id_length: int | None = None


@dataclass(frozen=True)
class Feed:
    """One table, endpoint or file series that one department delivers."""

    department: str
    name: str
    title: str
    title_zh: str
    transport: str
    source: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    delivery: Delivery
    cursor: str | None = None
    mentions: tuple[Slot, ...] = ()
    lookback: timedelta = timedelta(days=2)
    shrink_limit: float = 0.2
    is_event: bool = False

    def __post_init__(self) -> None:
        """Refuse a declaration that contradicts itself, at import rather than at night."""
        sources = [column.source for column in self.columns]
        names = [column.name for column in self.columns]
        if len(set(sources)) < len(sources) or len(set(names)) < len(names):
            raise ValueError(f"{self.id}: a column is declared twice")
        missing = [key for key in (*self.key, *filter(None, [self.cursor])) if key not in sources]
        slot_columns = [
            value
            for slot in self.mentions
            for attribute, value in vars(slot).items()
            if attribute not in ("slot", "sex_is", "id_length") and value is not None
        ]
        missing += [name for name in slot_columns if name not in names]
        if missing:
            raise ValueError(f"{self.id}: {missing} are not columns of the feed")

    @property
    def id(self) -> str:
        """``department.feed``, as in hub.toml and on the command line."""
        return f"{self.department}.{self.name}"

    @property
    def table(self) -> str:
        """The table's name in every zone and in the Dagster UI."""
        return f"{self.department}_{self.name}"

    @property
    def sources(self) -> tuple[str, ...]:
        """The department's column names, in order."""
        return tuple(column.source for column in self.columns)

    def column(self, name: str) -> Column:
        """The column with this hub name; ``KeyError`` if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.id} has no column {name}")

    def hub_name(self, source: str) -> str:
        """Our name for a department's column."""
        return next(column.name for column in self.columns if column.source == source)

    @property
    def key_names(self) -> tuple[str, ...]:
        """The key, in hub names."""
        return tuple(self.hub_name(source) for source in self.key)

    @property
    def cursor_name(self) -> str | None:
        """The cursor column, in hub names."""
        return self.hub_name(self.cursor) if self.cursor else None


@dataclass(frozen=True)
class Table:
    """One table that the hub makes: of the identity zone or of the warehouse.

    ``key`` names the primary key, ``references`` maps a column to ``table.column``,
    ``grain`` says what one row is. In ``columns`` the ``source`` is the feed columns
    that a value comes from (``feed.column``, joined by blanks), or empty.
    ``is_recorded``: what the hub believed of it on past nights is kept. ``valid`` names the columns
    of the first day on which a row was so and of the first on which it no longer was.
    """

    zone: str
    name: str
    grain: str
    title_zh: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: Mapping[str, str] = field(default_factory=lambda: Frozen({}))
    indexes: tuple[tuple[str, ...], ...] = ()
    is_recorded: bool = False
    valid: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        """Refuse a key, reference or index on a column that the table lacks."""
        names = {column.name for column in self.columns}
        used = {
            *self.key,
            *self.references,
            *(self.valid or ()),
            *(name for index in self.indexes for name in index),
        }
        if used - names or len(names) < len(self.columns):
            raise ValueError(f"{self.zone}.{self.name}: {sorted(used - names)} or a name twice")

    @property
    def id(self) -> str:
        """``zone.table``, as the engine's views are named."""
        return f"{self.zone}.{self.name}"
