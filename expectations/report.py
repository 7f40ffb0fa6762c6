"""What a judgement says: counts by rule, and whether each rule passed, failed or could not run.

    judge -> SuiteReport(RuleResult, ...) -> Dagster checks, `hub status`, JSON

Holds counts and rule ids only, never a value of a row. Needs no secrets.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """``could_not_run`` says nothing about the data: neither passed nor failed."""

    PASSED = "passed"
    FAILED = "failed"
    COULD_NOT_RUN = "could_not_run"


@dataclass(frozen=True)
class RuleResult:
    """One rule on one batch: ``broken`` of ``total`` rows, against the share that it tolerates.

    ``cause`` is the kind of error where the rule could not run; its message is not kept,
    for it may quote a value.
    """

    rule: str
    outcome: Outcome
    broken: int
    total: int
    tolerance: float
    cause: str | None = None


@dataclass(frozen=True)
class SuiteReport:
    """A feed's batch, judged by its suite. ``results`` are in the registry's order."""

    feed: str
    run_id: str
    rows: int
    results: tuple[RuleResult, ...]
    seconds: float

    @property
    def success(self) -> bool:
        """Every rule ran and passed."""
        return all(result.outcome is Outcome.PASSED for result in self.results)

    @property
    def broken(self) -> dict[str, int]:
        """Rows by broken rule, of the rules that ran and that somebody breaks."""
        ran = (result for result in self.results if result.outcome is not Outcome.COULD_NOT_RUN)
        return {result.rule: result.broken for result in ran if result.broken}

    @property
    def could_not_run(self) -> dict[str, str]:
        """The rules that could not run, with the kind of error."""
        return {
            result.rule: result.cause or "unknown"
            for result in self.results
            if result.outcome is Outcome.COULD_NOT_RUN
        }

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)
