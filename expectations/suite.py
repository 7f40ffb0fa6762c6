"""The rules as Great Expectations suites, and how a batch is validated by one.

    checks -> ExpectationSuite; prepared columns -> frames -> ExpectationSuiteValidationResult

A check that one native expectation says is that expectation; the others are ``expect_rule_to_hold``
over a boolean column that DuckDB computes from the predicate. Results hold counts, never values.
Importing this module imports Great Expectations (3 s): only ``judge`` and ``docs`` do, when they
run. Needs no secrets, and sends nothing anywhere: the package switches analytics off.
"""

import hashlib
import json
import logging
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

# isort: off
import expectations.later  # noqa: F401 - which has to come first
import great_expectations as gx

# isort: on
import numpy as np
import pandas as pd
from great_expectations.compatibility.pydantic import PrivateAttr
from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.core.expectation_validation_result import (
    expectationSuiteValidationResultSchema,
)
from great_expectations.core.id_dict import IDDict
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import (
    TableMetricProvider,
)
from great_expectations.expectations.registry import get_expectation_impl
from great_expectations.render.renderer.page_renderer import (
    ExpectationSuitePageRenderer,
    ValidationResultsPageRenderer,
)
from great_expectations.render.view.view import DefaultJinjaPageView
from great_expectations.validator.validator import Validator

from expectations.rule import Check, Part, Severity

logging.getLogger("great_expectations").setLevel(logging.CRITICAL)  # it logs what errors quote

COUNTS_ONLY = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
}


class RuleBrokenCount(TableMetricProvider):
    """How many rows of the batch have FALSE in the rule's boolean column."""

    metric_name = "table.rule_broken_count"
    value_keys = ("rule",)

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,  # noqa: N805 - so does every provider of Great Expectations
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> int:
        frame, _, _ = execution_engine.get_compute_domain(
            metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE
        )
        holds = frame[metric_value_kwargs["rule"]].to_numpy(dtype=bool)
        return int(len(holds) - np.count_nonzero(holds))


class ExpectRuleToHold(BatchExpectation):
    """Expect the rule's predicate to be false in at most a share ``1 - mostly`` of the rows."""

    rule: str
    column: str
    mostly: float = 1.0

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.row_count", "table.rule_broken_count")
    success_keys: ClassVar[tuple[str, ...]] = ("rule", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "rule", "mostly")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: object = None,
    ) -> dict[str, Any]:
        total, broken = metrics["table.row_count"], metrics["table.rule_broken_count"]
        share = broken / total if total else 0.0
        return {
            "success": share <= 1 - self.mostly + 1e-12,
            "result": {
                "element_count": total,
                "unexpected_count": broken,
                "unexpected_percent": 100 * share,
                "observed_value": f"{broken} of {total} rows",
            },
        }


def _id_of(self: IDDict, id_keys: Any = None, id_ignore_keys: Any = None) -> Any:
    """`IDDict.to_id`, to the letter, where the values are plain: a validation asks for an id twenty
    times an expectation, and each time the values were made fit for JSON, which plain ones are."""
    is_whole = id_keys is None and id_ignore_keys is None and not self._id_ignore_keys
    if is_whole and len(self) > 1 and all(type(value) in _PLAIN for value in self.values()):
        said = json.dumps(self, sort_keys=True).encode("utf-8")
        return hashlib.md5(said, usedforsecurity=False).hexdigest()
    return _TO_ID(self, id_keys, id_ignore_keys)


_PLAIN = {str, int, bool, type(None)}
_TO_ID = IDDict.to_id
IDDict.to_id = _id_of  # type: ignore[method-assign]


@cache
def _quick(kind: Any) -> Any:
    """The expectation of this class, made once and not again for each thing asked of it.

    A validation turns an expectation into a configuration and back sixty times: more than half of
    what a small batch costs. The class keeps its name, by which Great Expectations knows it.
    """

    def configuration(self: Any) -> Any:
        if self._made is None:
            made = self._made = kind.configuration.fget(self)
            made.to_domain_obj = lambda: self
            made.__deepcopy__ = lambda memo: made  # nobody changes it
        return self._made

    own = {"_made": PrivateAttr(None), "configuration": property(configuration)}
    return type(kind)(kind.__name__, (kind,), {**own, "__module__": __name__})


def native(check: Check) -> Part | None:
    """The check's only part, where a native expectation says all of it."""
    alone = check.parts[0] if len(check.parts) == 1 else None
    return alone if alone and alone.expectation and not check.rule.across_rows else None


def expectation_of(check: Check) -> Any:
    """The expectation that judges a check, with its titles and its reason."""
    said: dict[str, Any] = {
        "mostly": 1 - check.rule.tolerance,
        "description": f"{check.rule.title_zh} · {check.rule.title}",
        "notes": check.rule.why,
        "severity": "critical" if check.severity is Severity.ERROR else "warning",
        "meta": {"rule": check.id, "columns": ", ".join(check.columns)},
    }
    part = native(check)
    if part and part.expectation:
        arguments = dict(part.expectation.arguments)
        return _native_class(part.expectation.type)(**arguments, **said)
    return _quick(ExpectRuleToHold)(rule=check.id, column=", ".join(check.columns), **said)


@cache
def _native_class(type_: str) -> Any:
    return _quick(get_expectation_impl(type_))


def suite(feed_id: str, checks: Iterable[Check]) -> gx.ExpectationSuite:
    """A feed's suite."""
    return gx.ExpectationSuite(name=feed_id, expectations=[expectation_of(c) for c in checks])


class QuietValidator(Validator):
    """The engine room of Great Expectations, without a progress bar on the console."""

    def _determine_progress_bars(self) -> bool:
        return False


def validate(
    feed_id: str,
    run_id: str,
    checks: Sequence[Check],
    values: Mapping[str, pd.Series],
    holds: Mapping[str, np.ndarray],
) -> ExpectationSuiteValidationResult:
    """Validate a batch: ``values`` by prepared column for native checks, ``holds`` by rule id.

    Each column is a batch of its own within one engine: on a wide frame every expectation would
    copy all of it. The validator is called directly, since a data source hashes each frame twice
    (half of the time over a million rows). What an error said is dropped: it may quote a value.
    """
    frames = {name: pd.DataFrame({name: column}, copy=False) for name, column in values.items()}
    frames |= {rule: pd.DataFrame({rule: passes}, copy=False) for rule, passes in holds.items()}
    engine = PandasExecutionEngine(batch_data_dict=frames)
    configurations = [_placed(expectation_of(check)) for check in checks]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This pattern is interpreted as a regular expression")
        results: list[Any] = QuietValidator(execution_engine=engine).graph_validate(
            configurations, runtime_configuration={"result_format": COUNTS_ONLY}
        )
    by_rule = {result.expectation_config.meta["rule"]: _scrubbed(result) for result in results}
    return _whole(feed_id, run_id, [by_rule[check.id] for check in checks])


def _placed(expectation: Any) -> Any:
    """The expectation as data, with the frame of the engine that it is about."""
    expectation.batch_id = getattr(expectation, "rule", None) or expectation.column
    return expectation.configuration


def _whole(feed_id: str, run_id: str, results: list[Any]) -> ExpectationSuiteValidationResult:
    passed = sum(1 for result in results if result.success)
    return ExpectationSuiteValidationResult(
        success=passed == len(results),
        results=results,
        suite_name=feed_id,
        statistics={
            "evaluated_expectations": len(results),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(results) - passed,
            "success_percent": 100 * passed / len(results) if results else None,
        },
        meta={
            "great_expectations_version": gx.__version__,
            "run_id": RunIdentifier(run_name=run_id),
        },
    )


_RESULTS: Any = ValidationResultsPageRenderer(run_info_at_end=True)
_SUITES: Any = ExpectationSuitePageRenderer()
_PAGES: Any = DefaultJinjaPageView()


def result_page(result: Mapping[str, Any]) -> str:
    """A validation result, as ``to_json_dict`` wrote it, as a page of the Data Docs."""
    loaded = expectationSuiteValidationResultSchema.load(dict(result))
    rendered = _RESULTS.render(loaded)
    return str(_PAGES.render(rendered))


def suite_page(feed_id: str, checks: Iterable[Check]) -> str:
    """A feed's suite as a page of the Data Docs."""
    rendered = _SUITES.render(suite(feed_id, checks))
    return str(_PAGES.render(rendered))


def cause(result: Any) -> str | None:
    """The kind of error that kept an expectation from running, or None if it ran."""
    info = result.exception_info or {}
    entries = [info] if "raised_exception" in info else list(info.values())
    raised = [entry for entry in entries if entry.get("raised_exception")]
    if not raised:
        return None
    kinds = re.findall(r"\b([A-Z]\w*(?:Error|Exception))\b", _said(raised[0]))
    return kinds[-1] if kinds else "Error"


def _said(entry: Mapping[str, Any]) -> str:
    """Where the last line of a traceback names the error, that; else the message."""
    lines = str(entry.get("exception_traceback") or "").strip().splitlines()
    head = lines[-1].partition(":")[0] if lines else ""
    return head if re.search(r"(Error|Exception)$", head) else str(entry.get("exception_message"))


def _scrubbed(result: Any) -> Any:
    """The same result without what an exception quoted."""
    kind = cause(result)
    info = {
        "raised_exception": kind is not None,
        "exception_message": kind,
        "exception_traceback": kind,
    }
    result.exception_info = info
    return result
