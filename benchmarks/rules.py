"""All rules of the largest feed over a million rows: verdicts and Great Expectations together.

    sandbox build -> raw text -> candidate -> verdicts + judge (timed) -> both counts compared

The seconds are of the judging alone; converting the text is part of conform. The rows are the
register of a synthetic county, as often as needed, each time with keys of its own. Needs no
secrets. Alone: ``hub bench rules --rows 100000``.
"""

import json
import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from expectations import RULES, SuiteReport, rules_for
from expectations.between import BETWEEN
from expectations.judge import judge
from expectations.verdict import Verdicts, verdicts
from foundation import engine
from foundation.home import Home
from pipelines.conform.columns import projection
from sandbox.build import build_county
from schemas import FEEDS
from schemas.derive import literal, quoted
from schemas.model import Feed

LARGEST = "public_security.resident_register"


@dataclass(frozen=True)
class Timed:
    """One judgement: seconds by the clock and of the processors, and both sides' counts."""

    seconds: float
    cpu_seconds: float
    found: Verdicts
    report: SuiteReport

    @property
    def counts_agree(self) -> bool:
        """Great Expectations and the verdicts count the same for every rule, and all could run."""
        told = {result.rule: result.broken for result in self.report.results}
        return told == self.found.broken and not self.report.could_not_run


def judged_once(con: duckdb.DuckDBPyConnection, feed: Feed, home: Home, as_of: date) -> Timed:
    """Judge the rows of ``candidate`` both ways."""
    began, cpu = time.monotonic(), time.process_time()
    found = verdicts(con, feed, as_of=as_of)
    report = judge(con, feed, "candidate", home, as_of, "bench", found=found)
    return Timed(time.monotonic() - began, time.process_time() - cpu, found, report)


def candidates(
    con: duckdb.DuckDBPyConnection, feed: Feed, delivered: Path, rows: int, as_of: date
) -> None:
    """Make ``candidate`` of a file at rest, repeated with other keys until there are ``rows``."""
    engine.run(con, engine.read_sql("pipelines.conform", "macros"))
    engine.run(con, f"set variable as_of = date {literal(as_of.isoformat())}")
    file = f"read_parquet({literal(str(delivered))})"
    [(once,)] = engine.run(con, f"select count(*) from {file}")
    key = feed.key[0]
    cells = ", ".join(
        f"cast({quoted(name)} as varchar)"
        + (" || '-' || copy" if name == key else "")
        + f" as {quoted(name)}"
        for name in feed.sources
    )
    raw = f"""(select {cells}, {quoted(key)} || '-' || copy as _key, null as _hash, 1 as _batch,
        row_number() over () as _row, null::timestamptz as _received_at
        from {file} cross join range({-(-rows // once)}) as again(copy) limit {rows})"""
    engine.run(con, f"create or replace temp table candidate as {projection(feed, raw)}")


def run(
    rows: int = 1_000_000, residents: int = 100_000, seed: int = 7, folder: str | None = None
) -> dict[str, Any]:
    """Measure; ``folder`` keeps the county, else it is removed at the end."""
    base = Path(folder or tempfile.mkdtemp(prefix="hub-bench-rules-"))
    try:
        if not (base / "county" / "county.json").exists():
            build_county(residents, seed, base / "county")
        return _measured(base, rows)
    finally:
        if folder is None:
            shutil.rmtree(base, ignore_errors=True)


def _measured(base: Path, rows: int) -> dict[str, Any]:
    """Convert, judge twice (the first time imports Great Expectations), compare the counts."""
    feed, home = FEEDS[LARGEST], Home(base / "home")
    as_of = date.fromisoformat(json.loads((base / "county" / "county.json").read_text())["as_of"])
    con = engine.connect(base / "spill", "6GB", 2)
    delivered = base / "county" / feed.department / f"{feed.name}.parquet"
    candidates(con, feed, delivered, rows, as_of)
    judged_once(con, feed, home, as_of)
    timed = judged_once(con, feed, home, as_of)
    con.close()
    return {
        "rules": len(RULES) + len(BETWEEN),
        "rows": timed.found.rows,
        "seconds": round(timed.seconds, 2),
        "counts_agree": timed.counts_agree,
        "feed": feed.id,
        "rules_of_feed": len(rules_for(feed)),
        "rules_broken": sum(1 for broken in timed.found.broken.values() if broken),
        "cpu_seconds": round(timed.cpu_seconds, 2),
    }
