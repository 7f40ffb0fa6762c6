"""The verdict of every row: which rules it breaks, in one pass of DuckDB.

    candidate -> prepared (roles.py) -> a bit a rule -> lists once per distinct bits -> verdict

Needs no secrets and no Great Expectations. Alone, on a connection that has the relation:
``verdicts(con, FEEDS["community.wish"], "candidate")``.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np

from expectations.registry import rules_for
from expectations.roles import prepared
from expectations.rule import Check, Severity
from foundation.clock import business_date
from schemas.derive import literal, quoted
from schemas.model import Feed

FEW = 10_000  # rows; of more, a better plan pays
BITS = 60


@dataclass(frozen=True)
class Verdicts:
    """What one pass found. Counts only: no values of rows.

    ``broken`` has every rule that ran, with the rows that break it (0 too);
    ``could_not_run`` the rules that the engine refused, with the kind of error.
    ``order`` says which rule is which bit of the temp table ``verdict_bits``.
    """

    feed: str
    rows: int
    broken: dict[str, int]
    could_not_run: dict[str, str]
    order: tuple[str, ...] = ()


def verdicts(
    con: duckdb.DuckDBPyConnection,
    feed: Feed,
    relation: str = "candidate",
    *,
    as_of: date | None = None,
    checks: Sequence[Check] | None = None,
) -> Verdicts:
    """Make the temp table ``verdict`` (_key, _batch, _row, errors, warnings), one row each.

    ``errors`` and ``warnings`` list rule ids, empty where none is broken. Rules that compare
    rows with each other are counted and left out of the lists. A rule that the engine refuses is
    left out and reported. ``as_of`` is the business date, today in Asia/Shanghai unless given.
    """
    wanted = tuple(rules_for(feed) if checks is None else checks)
    with _well_planned(con, relation, prepared(feed, relation, business_date(as_of))) as source:
        return _judged(con, feed, source, wanted)


@contextmanager
def _well_planned(con: duckdb.DuckDBPyConnection, relation: str, source: str) -> Iterator[str]:
    """What the checks are evaluated over. Of few rows, as most nights bring, improving the plan of
    so many expressions takes three times as long as evaluating them: they are prepared once, and
    plans are left as they are written.
    """
    [(rows,)] = con.execute(f"select count(*) from (from {relation} limit {FEW + 1})").fetchall()
    if rows > FEW:
        yield source
        return
    con.execute("pragma disable_optimizer")
    try:
        yield _prepared_once(con, source)
    finally:
        con.execute("pragma enable_optimizer")


def _prepared_once(con: duckdb.DuckDBPyConnection, source: str) -> str:
    """The source as a temp table; as it is where the engine refuses a helper, which then fails the
    checks that use it and no others."""
    try:
        con.execute(f"create or replace temp table prepared_row as select * from {source}")
    except duckdb.Error:
        return source
    return "prepared_row"


def _judged(
    con: duckdb.DuckDBPyConnection, feed: Feed, source: str, wanted: Sequence[Check]
) -> Verdicts:
    own = tuple(check for check in wanted if not check.rule.across_rows)
    refused: dict[str, str] = {}
    try:
        _set_bits(con, source, own)
    except duckdb.Error:
        refused = _refusals(con, source, own)
        own = tuple(check for check in own if check.id not in refused)
        _set_bits(con, source, own)
    rows, broken = _settle(con, own)
    others = tuple(check for check in wanted if check.rule.across_rows)
    for check in others:
        try:
            broken[check.id] = _compare(con, source, check)
        except duckdb.Error as error:
            refused[check.id] = type(error).__name__
    return Verdicts(feed.id, rows, broken, refused, tuple(check.id for check in own))


def bits_of(
    con: duckdb.DuckDBPyConnection,
    source: str,
    checks: Sequence[Check],
    found: Verdicts | None = None,
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """For each check whether each row passes it, as booleans in no order, and the checks refused.

    With ``found`` the bits that ``verdicts`` left behind are read; else they are computed here.
    """
    table = "verdict_bits" if found else "judged_bits"
    if found is None:
        own = [check for check in checks if not check.rule.across_rows]
        try:
            _set_bits(con, source, own, table)
            refused: dict[str, str] = {}
        except duckdb.Error:
            refused = _refusals(con, source, own)
            own = [check for check in own if check.id not in refused]
            _set_bits(con, source, own, table)
        order = tuple(check.id for check in own)
    else:
        refused, order = dict(found.could_not_run), found.order
    words = con.sql(f"select columns('^w[0-9]+$') from {table}").fetchnumpy()
    holds = {
        rule: (words[f"w{at // BITS}"] & (2 ** (at % BITS))) == 0 for at, rule in enumerate(order)
    }
    wanted = {check.id for check in checks}
    holds = {rule: passed for rule, passed in holds.items() if rule in wanted}
    for check in checks:
        if check.rule.across_rows and check.id not in refused:
            try:
                if found is None:
                    _compare(con, source, check)
                holds[check.id] = _passes(con, check)
            except duckdb.Error as error:
                refused[check.id] = type(error).__name__
    return holds, refused


def _compared(check: Check) -> str:
    return quoted(f"verdict_{check.id}")


def _compare(con: duckdb.DuckDBPyConnection, source: str, check: Check) -> int:
    """Keep whether each row passes a check that compares rows; how many break it."""
    table = _compared(check)
    con.execute(
        f"create or replace temp table {table} as "
        f"select coalesce({check.predicate}, true) as passes from {source}"
    )
    [(broken,)] = con.execute(f"select count(*) filter (not passes) from {table}").fetchall()
    return int(broken)


def _passes(con: duckdb.DuckDBPyConnection, check: Check) -> np.ndarray:
    found = con.sql(f"select passes from {_compared(check)}").fetchnumpy()
    return np.asarray(found["passes"], dtype=bool)


def count_broken(con: duckdb.DuckDBPyConnection, source: str, check: Check) -> int:
    """How many rows of a prepared source break one check, by a query of its own."""
    broken = f"select ({check.predicate}) is false as broken from {source}"
    query = f"select count(*) filter (where broken) from ({broken})"
    return int(con.execute(query).fetchall()[0][0])


def counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows by broken rule in the temp table ``verdict``; rules that nobody breaks are absent."""
    found = con.execute(
        "select rule, count(*) from "
        "(select unnest(list_concat(errors, warnings)) as rule from verdict) group by rule"
    ).fetchall()
    return dict(sorted(found))


def _words(checks: Sequence[Check]) -> range:
    return range(-(-len(checks) // BITS) or 1)


def _set_bits(
    con: duckdb.DuckDBPyConnection,
    source: str,
    checks: Sequence[Check],
    table: str = "verdict_bits",
) -> None:
    """A bit a check, packed into integers: 80 booleans a row are two numbers to group by."""
    flags = [
        f", (case when ({check.predicate}) is false then {2 ** (at % BITS)} else 0 end)::bigint"
        f" as b{at}"
        for at, check in enumerate(checks)
    ]
    words = [
        f"{_sum([f'b{at}' for at in range(len(checks))[word * BITS : (word + 1) * BITS]])}"
        f" as w{word}"
        for word in _words(checks)
    ]
    con.execute(
        f"create or replace temp table {table} as select _key, _batch, _row, {', '.join(words)}"
        f" from (select _key, _batch, _row{''.join(flags)} from {source})"
    )


def _sum(terms: Sequence[str]) -> str:
    """A sum as a flat tree: planning a deep one takes longer than the small batches of a night."""
    if len(terms) < 2:
        return terms[0] if terms else "0::bigint"
    half = len(terms) // 2
    return f"({_sum(terms[:half])} + {_sum(terms[half:])})"


def _refusals(
    con: duckdb.DuckDBPyConnection, source: str, checks: Sequence[Check]
) -> dict[str, str]:
    """The checks that end in an error, and its kind; its message could quote a value: dropped."""
    refused = {}
    for check in checks:
        try:
            count_broken(con, source, check)
        except duckdb.Error as error:
            refused[check.id] = type(error).__name__
    return refused


def _is_set(at: int) -> str:
    return f"(w{at // BITS} & {2 ** (at % BITS)}) <> 0"


def _ids(checks: Sequence[Check], severity: Severity) -> str:
    entries = [
        f"case when {_is_set(at)} then {literal(check.id)} end"
        for at, check in enumerate(checks)
        if check.severity is severity and not check.rule.across_rows
    ]
    if not entries:
        return "[]::varchar[]"
    return f"list_filter([{', '.join(entries)}], lambda id: id is not null)"


def _settle(con: duckdb.DuckDBPyConnection, checks: Sequence[Check]) -> tuple[int, dict[str, int]]:
    """Make ``verdict``; rows in all, and by rule. Lists and sums are made once a distinct bits."""
    words = ", ".join(f"w{word}" for word in _words(checks))
    con.execute(f"""
        create or replace temp table verdict_found as
        select {words}, rows, {_ids(checks, Severity.ERROR)} as errors,
               {_ids(checks, Severity.WARNING)} as warnings
        from (select {words}, count(*) as rows from verdict_bits group by {words})
    """)
    con.execute(f"""
        create or replace temp table verdict as
        select _key, _batch, _row, errors, warnings
        from verdict_bits join verdict_found using ({words})
    """)
    found = con.sql(f"select {words}, rows from verdict_found").fetchnumpy()
    rows = np.asarray(found["rows"])
    broken = {
        check.id: int(rows[(found[f"w{at // BITS}"] & (2 ** (at % BITS))) != 0].sum())
        for at, check in enumerate(checks)
    }
    return int(rows.sum()), broken
