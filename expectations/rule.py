"""What a rule is: declared once, bound to feeds, read by DuckDB and by Great Expectations.

    Rule ── bind(feed) ──> Check ─┬─ predicate: SQL over `prepared` (verdict.py)
                                  └─ expectations: their GX counterparts (judge.py)

A predicate is FALSE where a row breaks the rule; TRUE and NULL pass. Regular expressions stay
in RE2's subset, so that DuckDB, Arrow and Python read them alike. Needs no secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from schemas.derive import literal, quoted
from schemas.model import Feed


class Severity(StrEnum):
    """Error: the row cannot be used and goes to quarantine. Warning: it goes on, and is counted."""

    ERROR = "error"
    WARNING = "warning"


class Kind(StrEnum):
    """What a rule is about; the first part of its id may be finer."""

    IDENTITY = "identity"
    NAME = "name"
    CODE = "code"
    TEXT = "text"
    DATE = "date"
    RESIDENCE = "residence"
    HOUSEHOLD = "household"
    PHONE = "phone"
    BENEFIT = "benefit"
    TICKET = "ticket"
    EMERGENCY = "emergency"
    BATCH = "batch"
    BETWEEN = "between"


@dataclass(frozen=True)
class Expectation:
    """The native expectation of Great Expectations that says the same as a predicate.

    ``type`` is its name in snake case; ``arguments`` its keywords, the column among them.
    """

    type: str
    arguments: Mapping[str, object]


@dataclass(frozen=True)
class Part:
    """One predicate of a check: on one column, or on a few that must fit each other.

    ``expectation`` is None where no native expectation says it: GX then judges the
    predicate itself, as a boolean column.
    """

    columns: tuple[str, ...]
    predicate: str
    expectation: Expectation | None = None


Bind = Callable[[Feed], Iterable[Part]]


@dataclass(frozen=True)
class Rule:
    """One rule, for every feed in which ``bind`` finds columns for it.

    ``tolerance`` is the share of rows that may break it before a batch is judged unusual.
    ``across_rows`` rules compare the rows of one batch with each other; they are counted,
    and left out of the rows' own verdicts, which must not depend on what came along.
    """

    id: str
    kind: Kind
    severity: Severity
    title: str
    title_zh: str
    why: str
    bind: Bind
    tolerance: float = 0.0
    across_rows: bool = False


@dataclass(frozen=True)
class Check:
    """A rule bound to one feed: what is evaluated, counted and shown as an asset check."""

    rule: Rule
    feed_id: str
    parts: tuple[Part, ...]
    columns: tuple[str, ...] = field(init=False)
    predicate: str = field(init=False)

    def __post_init__(self) -> None:
        """Join the parts: FALSE wherever one of them is."""
        names = dict.fromkeys(name for part in self.parts for name in part.columns)
        object.__setattr__(self, "columns", tuple(names))
        object.__setattr__(
            self, "predicate", " and ".join(f"({part.predicate})" for part in self.parts)
        )

    @property
    def id(self) -> str:
        """The rule's id, as in verdicts and in quarantine."""
        return self.rule.id

    @property
    def severity(self) -> Severity:
        """What becomes of a row that breaks it."""
        return self.rule.severity

    @property
    def department(self) -> str:
        """Whom the broken rows go back to."""
        return self.feed_id.partition(".")[0]


def _one(column: str, predicate: str, type_: str, **arguments: object) -> Part:
    frozen = MappingProxyType({"column": column, **arguments})
    return Part((column,), predicate, Expectation(type_, frozen))


def _unless(plain: str | None, predicate: str) -> str:
    """A predicate that is looked at only where the helper column does not say that all is well."""
    return f"case when {quoted(plain)} then true else {predicate} end" if plain else predicate


def matches(column: str, regex: str, *, plain: str | None = None) -> Part:
    """The text holds a match of ``regex``; anchor it where the whole text is meant.

    ``plain`` names a helper column that is true only where the text is sure to pass.
    """
    predicate = _unless(plain, f"regexp_matches({quoted(column)}, {literal(regex)})")
    return _one(column, predicate, "expect_column_values_to_match_regex", regex=regex)


def matches_not(column: str, regex: str, *, plain: str | None = None) -> Part:
    """The text holds no match of ``regex``; ``plain`` as for ``matches``."""
    predicate = _unless(plain, f"not regexp_matches({quoted(column)}, {literal(regex)})")
    return _one(column, predicate, "expect_column_values_to_not_match_regex", regex=regex)


def present(column: str) -> Part:
    """The value is there."""
    return _one(column, f"{quoted(column)} is not null", "expect_column_values_to_not_be_null")


def among(column: str, values: Iterable[str]) -> Part:
    """The value is one of ``values``."""
    listed = sorted(values)
    predicate = f"{quoted(column)} in ({', '.join(literal(value) for value in listed)})"
    return _one(column, predicate, "expect_column_values_to_be_in_set", value_set=listed)


def between(column: str, low: float | None, high: float | None) -> Part:
    """The number lies within the limits, both included; None is no limit."""
    limits = [f"{quoted(column)} >= {low}"] * (low is not None)
    limits += [f"{quoted(column)} <= {high}"] * (high is not None)
    return _one(
        column,
        " and ".join(limits),
        "expect_column_values_to_be_between",
        min_value=low,
        max_value=high,
    )


def length(column: str, low: int | None, high: int | None, *, plain: str | None = None) -> Part:
    """The text's length in characters lies within the limits; ``plain`` as for ``matches``."""
    size = f"length({quoted(column)})"
    limits = [f"{size} >= {low}"] * (low is not None) + [f"{size} <= {high}"] * (high is not None)
    return _one(
        column,
        _unless(plain, " and ".join(limits)),
        "expect_column_value_lengths_to_be_between",
        min_value=low,
        max_value=high,
    )


def holds(predicate: str, *columns: str) -> Part:
    """Any SQL over the prepared columns."""
    return Part(columns, predicate)


def in_order(first: str, *later: str) -> tuple[Part, ...]:
    """Each of the columns is not before the one in front of it; missing ones are skipped over."""
    parts = []
    for at, name in enumerate(later):
        earlier = [quoted(column) for column in (first, *later[:at])]
        latest = f"greatest({', '.join(earlier)})" if len(earlier) > 1 else earlier[0]
        parts.append(holds(f"{quoted(name)} >= {latest}", first, *later[:at], name))
    return tuple(parts)


def on(feed_id: str, *parts: Part) -> Bind:
    """A rule of one feed."""
    return on_feeds({feed_id: parts})


def on_feeds(parts: Mapping[str, Iterable[Part]]) -> Bind:
    """A rule that is written differently for each of a few feeds."""
    return lambda feed: tuple(parts.get(feed.id, ()))


def bind(rules: Iterable[Rule], feed: Feed) -> tuple[Check, ...]:
    """The checks of one feed, in the order of the rules."""
    bound = ((rule, tuple(rule.bind(feed))) for rule in rules)
    return tuple(Check(rule, feed.id, parts) for rule, parts in bound if parts)
