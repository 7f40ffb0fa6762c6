"""Conform one feed: raw rows in, judged rows in the hub's types out, bad ones to quarantine.

    raw (waiting batches) -> candidate -> verdict -> action -> conformed.<table>, quarantine.<table>

The result is a function of raw, the declaration and the rules, not of the nights in between; a
changed rule or conversion judges the feed anew. Safe to kill: quarantine is written first, and the
last commit carries the batch number. Needs no secrets.
Alone: ``conform_feed(hub, FEEDS["community.wish"], None)``.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from expectations import SuiteReport
from expectations.batch import Held
from expectations.judge import judge
from pipelines.conform import settle
from pipelines.conform.judgement import rules_version, weigh
from pipelines.conform.standing import reach, standing
from pipelines.conform.write import write
from pipelines.desk import Desk, at
from pipelines.hub import Hub
from pipelines.pull import PullReport
from pipelines.rule_results import note
from schemas.model import Feed


@dataclass(frozen=True)
class ConformReport:
    """What one run did, in counts.

    delivered, known, suppressed: the pull's. conformed, quarantined: rows of that delivery that
    passed or not. Without a pull all rows that were judged count as delivered. added, changed,
    staled, removed: rows of the conformed table. reentered: keys that left quarantine. waiting:
    rows of earlier deliveries that were held until now. broken: rows by rule, a held batch
    under the rules that hold it. could_not_run: rules that the engine refused. judged: what
    Great Expectations says of the same rows, if a run asked for it. held: why the batch waits,
    if it does, and notes that hold nothing.
    """

    feed: str
    delivered: int = 0
    known: int = 0
    suppressed: int = 0
    conformed: int = 0
    quarantined: int = 0
    added: int = 0
    changed: int = 0
    staled: int = 0
    removed: int = 0
    reentered: int = 0
    waiting: int = 0
    broken: dict[str, int] = field(default_factory=dict)
    could_not_run: dict[str, str] = field(default_factory=dict)
    judged: SuiteReport | None = None
    held: Held = field(default_factory=Held)
    seconds: float = 0.0

    @property
    def balanced(self) -> bool:
        """Every delivered row is known, conformed, in quarantine, or of somebody who was erased."""
        stored = self.conformed + self.quarantined
        return self.delivered == self.known + stored + self.suppressed

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON and for metadata."""
        told = {"held": self.held.reasons, "notes": self.held.notes}
        findings = {name: [vars(found) for found in those] for name, those in told.items()}
        judged = self.judged.to_dict() if self.judged else None
        return {**vars(self), **findings, "judged": judged, "balanced": self.balanced}


def conform_feed(
    hub: Hub,
    feed: Feed,
    pull: PullReport | None = None,
    *,
    anew: bool = False,
    accept_held: bool = False,
    run_id: str | None = None,
    desk: Desk | None = None,
) -> ConformReport:
    """Judge what waits in raw, and settle it.

    anew: judge every raw row again, whatever changed. accept_held: let a batch pass that a rule of
    the whole batch would hold. run_id: let Great Expectations judge the rows too, and keep its
    results under this run. Raises LakeError.
    """
    began = time.monotonic()
    with at(desk, hub) as con:
        report = _conform(con, hub, feed, pull, anew, accept_held, run_id)
    return replace(report, seconds=round(time.monotonic() - began, 3))


def _conform(
    con: duckdb.DuckDBPyConnection,
    hub: Hub,
    feed: Feed,
    pull: PullReport | None,
    anew: bool,
    accept_held: bool,
    run_id: str | None,
) -> ConformReport:
    now = standing(hub.lake, feed)
    version = rules_version(feed)
    anew = anew or settle.is_outdated(con, now, feed, version)
    report = ConformReport(feed.id)
    if pull is not None:
        report = replace(
            report, delivered=pull.delivered, known=pull.known, suppressed=pull.suppressed
        )
    if not (now.is_behind or anew):
        return report
    now = reach(con, hub, feed)
    after = 0 if anew else now.conformed_batch
    found = settle.judge(con, hub, feed, after, version)
    if run_id:
        judged = judge(con, feed, "candidate", hub.home, hub.as_of, run_id, found=found)
        report = replace(report, judged=judged)
        note(hub, feed, judged, after)
    settle.settle(con, now.last_batch, anew)
    held = weigh(con, now, feed, pull) if now.is_behind and not accept_held else Held()
    report = replace(
        report,
        held=held,
        could_not_run=found.could_not_run,
        **settle.counts(con, pull, now.conformed_batch),
    )
    if pull is None:
        report = replace(report, delivered=report.conformed + report.quarantined)
    if held:
        report = _as_held(report)
        if not (anew and now.conformed_batch):
            return report
        settle.settle(con, now.conformed_batch, anew)
    write(con, now, feed, now.conformed_batch if held else now.last_batch, anew)
    moves: dict[str, Any] = settle.moves(con)
    return replace(report, **moves)


def _as_held(report: ConformReport) -> ConformReport:
    """Every row of a held batch counts as quarantined, under the rules that hold it."""
    rows = report.conformed + report.quarantined
    broken = report.broken | {reason.rule: rows for reason in report.held.reasons}
    return replace(report, conformed=0, quarantined=rows, broken=broken)
