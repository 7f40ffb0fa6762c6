"""Ready-made comparisons: a column, how much it may differ, and the levels follow.

    jaro_winkler("name", (0.95, 0.88), term=True) -> Comparison("name", levels exact, 0.95, 0.88)

Distances are by characters (macros.sql), in any writing.

``m`` and ``u`` give priors, one a level from the first to ``different``, where training may not
see every level. Needs no secrets.
"""

from collections.abc import Callable, Sequence

from pipelines.link.model import Comparison, Level

Shares = Sequence[float] | None


def exact(
    column: str, *, term: bool = False, m: Shares = None, u: Shares = None, name: str | None = None
) -> Comparison:
    """Equal or not; ``term``: agreeing in a rare value says more."""
    return _comparison(column, [_equal(column, term)], m, u, name)


def jaro_winkler(
    column: str, thresholds: Sequence[float] = (0.95, 0.88), *, term: bool = False,
    m: Shares = None, u: Shares = None, name: str | None = None,
) -> Comparison:  # fmt: skip
    """Equal, then Jaro-Winkler similarity of at least each threshold (between 0 and 1)."""
    sql = f"char_similarity({column}_l, {column}_r) >= {{}}"
    return _graded(column, "jaro_winkler", sql, thresholds, term, m, u, name)


def levenshtein(
    column: str, thresholds: Sequence[int] = (1, 2), *, term: bool = False,
    m: Shares = None, u: Shares = None, name: str | None = None,
) -> Comparison:  # fmt: skip
    """Equal, then at most so many letters wrong, missing, added or swapped with the next."""
    sql = f"within_edits({column}_l, {column}_r, {{}})"
    return _graded(column, "levenshtein", sql, thresholds, term, m, u, name)


def date_damage(
    column: str, *, term: bool = False, m: Shares = None, u: Shares = None, name: str | None = None
) -> Comparison:
    """Of a DATE column: the same day; damaged (a digit off, two swapped, day and month swapped);
    the same year."""
    a, b = f"{column}_l", f"{column}_r"
    digits = f"strftime({a}, '%Y%m%d'), strftime({b}, '%Y%m%d')"
    swapped = f"strftime({a}, '%Y%d%m') = strftime({b}, '%Y%m%d')"
    levels: list[Level | tuple[str, str]] = [
        _equal(column, term),
        ("damaged", f"within_edits({digits}, 1) or {swapped}"),
        ("same_year", f"year({a}) = year({b})"),
    ]
    return _comparison(column, levels, m, u, name)


def numeric_difference(
    column: str, thresholds: Sequence[float] = (1, 5), *,
    m: Shares = None, u: Shares = None, name: str | None = None,
) -> Comparison:  # fmt: skip
    """Equal, then at most so far apart."""
    sql = f"abs({column}_l - {column}_r) <= {{}}"
    return _graded(column, "within", sql, thresholds, False, m, u, name)


def list_intersection(
    column: str, sizes: Sequence[int] = (1,), *,
    m: Shares = None, u: Shares = None, name: str | None = None,
) -> Comparison:  # fmt: skip
    """Of a list column: at least so many values in common, the most first."""
    common = f"len(list_intersect({column}_l, {column}_r))"
    ordered = sorted(sizes, reverse=True)
    levels: list[Level | tuple[str, str]] = [
        (f"shares_{size}", f"{common} >= {size}") for size in ordered
    ]
    if ordered == [1]:
        levels = [Level("shares_1", f"{common} >= 1", u_by=column)]
    empty = f"coalesce(len({column}_l), 0) = 0 or coalesce(len({column}_r), 0) = 0"
    return _comparison(column, levels, m, u, name, empty)


BUILTIN: dict[str, Callable[..., Comparison]] = {
    "exact": exact,
    "jaro_winkler": jaro_winkler,
    "levenshtein": levenshtein,
    "date_damage": date_damage,
    "numeric_difference": numeric_difference,
    "list_intersection": list_intersection,
}


def _equal(column: str, term: bool) -> Level:
    return Level("exact", f"{column}_l = {column}_r", term=column if term else None, u_by=column)


def _graded(
    column: str, word: str, sql: str, thresholds: Sequence[float], term: bool,
    m: Shares, u: Shares, name: str | None,
) -> Comparison:  # fmt: skip
    levels: list[Level | tuple[str, str]] = [_equal(column, term)]
    levels += [(f"{word}_{threshold:g}", sql.format(threshold)) for threshold in thresholds]
    return _comparison(column, levels, m, u, name)


def _comparison(
    column: str,
    levels: Sequence[Level | tuple[str, str]],
    m: Shares,
    u: Shares,
    name: str | None,
    missing: str | None = None,
) -> Comparison:
    """Levels with their priors; raises ValueError when there are not as many of these."""
    made = [one if isinstance(one, Level) else Level(*one) for one in levels]
    made.append(Level("different", "true"))
    for shares in (m, u):
        if shares is not None and len(shares) != len(made):
            names = ", ".join(level.name for level in made)
            raise ValueError(f"{len(shares)} priors for the levels {names}")
    full = [
        Level(one.name, one.sql, m[i] if m else None, u[i] if u else None, one.term, one.u_by)
        for i, one in enumerate(made)
    ]
    absent = missing or f"{column}_l is null or {column}_r is null"
    return Comparison(name or column, absent, tuple(full[:-1]), full[-1])
