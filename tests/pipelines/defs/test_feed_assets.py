"""How a feed is shown: every column described, and a failed or held feed as a failed check."""

from __future__ import annotations

import dagster as dg
import pytest

from expectations.batch import Finding, Held
from foundation.errors import SourceUnreachable
from pipelines.conform.run import ConformReport
from pipelines.defs.describe import feed_spec
from pipelines.defs.feeds import ZONES, _check_results, check_specs_of
from pipelines.deliver import Delivery
from pipelines.pull import PullReport
from schemas import FEEDS

WISH = FEEDS["community.wish"]
DOWN = SourceUnreachable("community.wish", "no answer", "nothing was taken", "wait")
SHRUNK = Held((Finding("batch.snapshot_shrunk", "9 of 10 rows would be removed"),))


def checks(
    failure: SourceUnreachable | None = None, held: Held | None = None
) -> dict[str, dg.AssetCheckResult]:
    conform = ConformReport(WISH.id, held=held or Held())
    delivery = Delivery(WISH, PullReport(WISH.id, failure=failure), conform)
    return {str(result.check_name): result for result in _check_results(delivery, [])}


def test_a_healthy_feed_passes_and_shows_no_empty_reason() -> None:
    found = checks()
    assert all(found[name].passed for name in ("delivered", "balanced", "accepted"))
    assert not found["accepted"].metadata and not found["delivered"].metadata


def test_a_failed_feed_is_an_error_with_its_reason() -> None:
    found = checks(failure=DOWN)["delivered"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "no answer" in str(found.metadata["error"].value)


def test_a_held_feed_is_an_error_with_rule_and_reason() -> None:
    found = checks(held=SHRUNK)["accepted"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert found.metadata["held"].value == "batch.snapshot_shrunk"
    assert "9 of 10" in str(found.metadata["reason"].value)


def test_no_check_blocks_since_it_would_skip_healthy_tables() -> None:
    assert not [
        spec.name for feed in FEEDS.values() for spec in check_specs_of(feed) if spec.blocking
    ]


@pytest.mark.parametrize("zone", ZONES)
def test_every_column_is_described(zone: str) -> None:
    for feed in FEEDS.values():
        schema = feed_spec(feed, zone, []).metadata["dagster/column_schema"]
        bare = [column.name for column in schema.columns if not column.description]
        assert not bare, feed.id
