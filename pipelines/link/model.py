"""What a linkage model is: a few frozen declarations that say everything the engine needs to know.

    Column -> Strong (ties) -> Blocking (pairs) -> Comparison (levels) -> OneOf, Within, OnePer
    -> Survivor

SQL of a Column reads the input's columns; SQL of levels and contradictions reads ``x_l`` and
``x_r``, a column x of the left and the right side; blocking values are SQL over columns. Weights
are bits: log2 of odds. Needs no secrets.
"""

from collections.abc import Iterator
from dataclasses import dataclass

# How one value is chosen where a cluster has several; `first` goes by `order`, `latest` by `by`.
KEEPS = ("most_frequent", "longest", "latest", "first", "smallest", "largest", "all")


@dataclass(frozen=True)
class Column:
    """A column made comparable. ``keep``: what a group of tied rows shows of it; ``all`` makes it
    a list without repeats."""

    name: str
    sql: str
    keep: str = "most_frequent"


@dataclass(frozen=True)
class Strong:
    """Columns that together name one thing: rows that agree in all of them are tied.

    contradicted_by: SQL over two rows that agree; where one holds they are two things after all.
    cap: a value that more rows than this share names nothing and ties nothing.
    """

    columns: tuple[str, ...]
    contradicted_by: tuple[str, ...] = ()
    cap: int = 1000

    @property
    def name(self) -> str:
        """Its columns, as in reports and in the output's ``method``."""
        return "+".join(self.columns)


@dataclass(frozen=True)
class Level:
    """One level of agreement.

    m, u: share of true pairs and of random pairs at this level, if training may not see it.
    term: column whose frequency stands for u, pair by pair: agreeing in a rare value says more.
    u_by: column whose equal values (of a list: any) are just this level's pairs; u is counted, for
    random pairs would not show it.
    """

    name: str
    sql: str
    m: float | None = None
    u: float | None = None
    term: str | None = None
    u_by: str | None = None

    @property
    def has_priors(self) -> bool:
        """Whether it can do without training."""
        return self.m is not None and self.u is not None


ELSE = Level("different", "true")


@dataclass(frozen=True)
class Comparison:
    """Levels in order: the first that holds counts, ``otherwise`` where none does.

    missing: SQL that says there is nothing to compare; such a pair gets no weight from here.
    learns: false keeps the declared m and u.
    """

    name: str
    missing: str
    levels: tuple[Level, ...]
    otherwise: Level = ELSE
    learns: bool = True

    @property
    def all_levels(self) -> tuple[Level, ...]:
        """The levels, ``otherwise`` at the end; their numbers (gamma) count down to 0."""
        return (*self.levels, self.otherwise)

    def gamma(self, level: str) -> int:
        """The number of a level by name; raises ValueError for a name that it has not."""
        names = [one.name for one in self.all_levels]
        return len(names) - 1 - names.index(level)


@dataclass(frozen=True)
class Blocking:
    """Rows are compared if they share these values (SQL over columns; a list: any element).

    cap: blocks of more than so many nodes are left out, for such a value points at nothing.
    """

    values: tuple[str, ...]
    cap: int = 200

    @property
    def name(self) -> str:
        """Its values, as in reports."""
        return " and ".join(self.values)


@dataclass(frozen=True)
class OneOf:
    """A cluster has one value of a column at most. ``competes``: rows without a value that could
    join several clusters with one are weighed against all of them."""

    column: str
    competes: bool = False


@dataclass(frozen=True)
class Within:
    """A cluster's values of a number or date column lie within ``span`` of one another (days)."""

    column: str
    span: float


@dataclass(frozen=True)
class OnePer:
    """A cluster has one row at most of each value of a column, such as a source without
    repeats; the column has up to 62 values."""

    column: str


Constraint = OneOf | Within | OnePer


@dataclass(frozen=True)
class Survivor:
    """Which value of a column a cluster shows. ``by``: column for `latest`. ``order``: values of
    the column ``by`` for `first`, best first."""

    column: str
    keep: str = "most_frequent"
    by: str | None = None
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class LinkModel:
    """A whole model.

    key: input columns that identify a row; without one, rows are numbered.
    needs: groups of ``comparison.level``, of each of which one must hold for a pair to be joined.
    join_weight, review_weight: bits from which a pair is joined, and listed as an edge at all.
    prior: share of random pairs that are one thing; None: found from the weights themselves.
    learn_from: `labels` (pairs that an identifier ties, where there are enough), `em`, or none.
    em_blocks: blocking values of the EM sessions; default: those of ``blocking``.
    """

    version: str
    comparisons: tuple[Comparison, ...]
    blocking: tuple[Blocking, ...]
    columns: tuple[Column, ...] = ()
    strong: tuple[Strong, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    survivorship: tuple[Survivor, ...] = ()
    needs: tuple[tuple[str, ...], ...] = ()
    key: tuple[str, ...] = ()
    join_weight: float = 6.0
    review_weight: float = 0.0
    prior: float | None = None
    learn_from: tuple[str, ...] = ("labels", "em")
    em_blocks: tuple[tuple[str, ...], ...] = ()

    def comparison(self, name: str) -> Comparison:
        """The comparison of that name."""
        return next(one for one in self.comparisons if one.name == name)

    @property
    def terms(self) -> tuple[str, ...]:
        """The columns whose frequencies count."""
        found = {level.term for _, level in self.levels() if level.term}
        return tuple(sorted(found))

    def levels(self) -> Iterator[tuple[Comparison, Level]]:
        """Every level with its comparison."""
        return ((one, level) for one in self.comparisons for level in one.all_levels)
