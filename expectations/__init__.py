"""What good data is: rules, the Great Expectations suites made from them, the verdicts of rows."""

import os

os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")  # before anything imports it

from expectations.registry import RULES, rules_for, rules_version
from expectations.registry import rules_for as checks_for
from expectations.report import Outcome, RuleResult, SuiteReport
from expectations.rule import Check, Kind, Rule, Severity

__all__ = [
    "RULES",
    "Check",
    "Kind",
    "Outcome",
    "Rule",
    "RuleResult",
    "Severity",
    "SuiteReport",
    "checks_for",
    "rules_for",
    "rules_version",
]
