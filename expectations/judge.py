"""Judge a feed's batch through Great Expectations, and keep the result for the Data Docs.

    candidate -> prepared columns, boolean columns -> suite -> SuiteReport, docs/gx/results/*.json

Great Expectations is imported here only when a batch has rows. Needs no secrets.
Alone: ``judge(con, feed, "candidate", home, as_of, "by hand")``.
"""

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from expectations.registry import rules_for
from expectations.report import Outcome, RuleResult, SuiteReport
from expectations.roles import prepared
from expectations.rule import Check
from expectations.verdict import Verdicts, bits_of
from foundation.clock import utc_now
from foundation.collector import resting
from foundation.home import Home
from schemas.derive import conformed_schema, quoted
from schemas.model import Feed

_ONE_AT_A_TIME = threading.Lock()  # Great Expectations has one context a process
TEXT = pd.StringDtype("pyarrow", na_value=float("nan"))


def results_folder(home: Home, feed_id: str) -> Path:
    """Where the results of a feed's nights are kept, one JSON file a run."""
    return home.docs / "gx" / "results" / feed_id


def judge(
    con: duckdb.DuckDBPyConnection,
    feed: Feed,
    relation: str,
    home: Home,
    as_of: date,
    run_id: str,
    *,
    found: Verdicts | None = None,
    checks: Sequence[Check] | None = None,
) -> SuiteReport:
    """Judge the rows of ``relation`` by the feed's suite.

    ``found``: what ``verdicts`` has just said of the same rows on the same connection; its bits are
    used again, else the predicates are computed here. An empty batch is judged by no expectation:
    every rule passes on 0 rows, and nothing is kept.
    """
    began = time.monotonic()
    wanted = tuple(rules_for(feed) if checks is None else checks)
    rows = con.execute(f"select count(*) from {relation}").fetchall()[0][0]
    if not rows:
        results = tuple(RuleResult(c.id, Outcome.PASSED, 0, 0, c.rule.tolerance) for c in wanted)
        return SuiteReport(feed.id, run_id, 0, results, time.monotonic() - began)
    with resting():  # what a large import makes stays
        from expectations import suite

    source = prepared(feed, relation, as_of)
    natives = [check for check in wanted if suite.native(check)]
    others = [check for check in wanted if check not in natives]
    values = _values(con, feed, source, natives)
    holds, refused = bits_of(con, source, others, found)
    results = tell(home, Told(feed.id, run_id, as_of), wanted, values, holds, refused)
    return SuiteReport(feed.id, run_id, rows, results, time.monotonic() - began)


@dataclass(frozen=True)
class Told:
    """Under which name, in which run and for which business date a suite's result is kept."""

    suite: str
    run_id: str
    as_of: date


def tell(
    home: Home,
    told: Told,
    checks: Sequence[Check],
    values: Mapping[str, pd.Series],
    holds: Mapping[str, np.ndarray],
    refused: Mapping[str, str],
) -> tuple[RuleResult, ...]:
    """Let Great Expectations count, and keep the result for the Data Docs.

    ``values``: columns of native checks; ``holds``: for each other check whether each row passes
    it; ``refused``: checks that have neither, with the kind of error.
    """
    from expectations import suite

    with _ONE_AT_A_TIME:
        result: Any = suite.validate(told.suite, told.run_id, checks, values, holds)
    _keep(home, told, result.to_json_dict())
    return tuple(
        _result(check, found_of, refused, suite.cause(found_of))
        for check, found_of in zip(checks, result.results, strict=True)
    )


def _result(check: Check, found: Any, refused: Mapping[str, str], cause: str | None) -> RuleResult:
    if cause:
        kind = refused.get(check.id, cause)
        return RuleResult(check.id, Outcome.COULD_NOT_RUN, 0, 0, check.rule.tolerance, kind)
    outcome = Outcome.PASSED if found.success else Outcome.FAILED
    broken, total = found.result["unexpected_count"], found.result["element_count"]
    return RuleResult(check.id, outcome, int(broken), int(total), check.rule.tolerance)


def _values(
    con: duckdb.DuckDBPyConnection, feed: Feed, source: str, natives: Sequence[Check]
) -> dict[str, pd.Series]:
    """The columns that native expectations look at; a column that is not there is left out."""
    types = {field.name: field.type for field in conformed_schema(feed)}
    names = dict.fromkeys(_column(check) for check in natives)
    try:
        return _fetch(con, source, [_selected(name, types.get(name)) for name in names])
    except duckdb.Error:
        values: dict[str, pd.Series] = {}
        for name in names:
            values |= _fetch_or_nothing(con, source, _selected(name, types.get(name)))
        return values


def _column(check: Check) -> str:
    expectation = check.parts[0].expectation
    assert expectation is not None
    return str(expectation.arguments["column"])


def _selected(name: str, kind: pa.DataType | None) -> str:
    """Text and numbers as they are; of dates and flags only whether they are there is judged."""
    plain = kind is None or pa.types.is_string(kind) or pa.types.is_integer(kind)
    if plain or pa.types.is_floating(kind):
        return quoted(name)
    return f"case when {quoted(name)} is not null then 1 end as {quoted(name)}"


def _fetch(
    con: duckdb.DuckDBPyConnection, source: str, selected: Sequence[str]
) -> dict[str, pd.Series]:
    if not selected:
        return {}
    table = con.sql(f"select {', '.join(selected)} from {source}").to_arrow_table()
    return {
        name: table.column(name).to_pandas(types_mapper={pa.string(): TEXT}.get)
        for name in table.column_names
    }


def _fetch_or_nothing(
    con: duckdb.DuckDBPyConnection, source: str, selected: str
) -> dict[str, pd.Series]:
    try:
        return _fetch(con, source, [selected])
    except duckdb.Error:
        return {}


def _keep(home: Home, told: Told, result: dict[str, Any]) -> None:
    """Write one night's result; files sort by time, and a repeated run replaces its own."""
    folder = results_folder(home, told.suite)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = {
        "feed": told.suite,
        "run_id": told.run_id,
        "as_of": told.as_of.isoformat(),
        "result": result,
    }
    moment = utc_now().strftime("%Y%m%dT%H%M%SZ")
    draft = folder / f".{moment}.tmp"
    draft.write_text(json.dumps(kept, ensure_ascii=False))
    draft.replace(folder / f"{moment}.json")
