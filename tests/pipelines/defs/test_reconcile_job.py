"""The weekly job, and what its check says of each feed."""

import dagster as dg
import pytest

from foundation.home import Home
from pipelines.definitions import defs
from pipelines.defs.hub import HubResource
from pipelines.defs.reconcile import NAME, reconciled
from pipelines.hub import Hub
from pipelines.reconcile import Compared, is_reconciled, record
from schemas import FEEDS

CONFIG = """
[county]
division_code = "360731"
name = "于都县"

[departments.community]
transport = "sql"
url = "sqlite:////nowhere"
"""
CASES = {
    "community.wish": ("ok", Compared(20, 1)),
    "community.grid_worker": ("ok", Compared(20, 0, 1)),
    "community.deliberation": ("ok", Compared(20, 0, 0, 0, 1)),
    "community.resident_visit": ("failed", None),
}


def _checks(job: str) -> list[dg.AssetCheckKey]:
    keys = defs.resolve_job_def(job).asset_layer.asset_graph.asset_check_keys
    return [key for key in keys if key.name == NAME]


def test_only_the_weekly_job_compares() -> None:
    assert not [job for job in ("nightly_sync", "events_sync", "rebuild") if _checks(job)]
    compared = {key.asset_key.path[1] for key in _checks("reconcile")}
    assert compared == {feed.table for feed in FEEDS.values() if is_reconciled(feed)}


def test_the_weekly_job_reads_in_full_and_is_on_the_schedule() -> None:
    resource = defs.resolve_job_def("reconcile").run_config
    assert resource == {"resources": {"hub": {"config": {"reconcile": True}}}}
    schedule = defs.resolve_schedule_def("reconcile_on_sunday")
    assert (schedule.job_name, schedule.execution_timezone) == ("reconcile", "Asia/Shanghai")


@pytest.fixture(scope="module")
def evaluations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dg.AssetCheckEvaluation]:
    """What the check says of a home where some feeds were compared, by table."""
    home = Home(tmp_path_factory.mktemp("reconciled") / "home")
    home.lake  # noqa: B018 - makes the home
    home.config_file.write_text(CONFIG, encoding="utf-8")
    home.config_file.chmod(0o600)
    record(Hub.open(home), [(FEEDS[name], *found) for name, found in CASES.items()])
    resources = {"hub": HubResource(home=str(home.path))}
    job = dg.Definitions(asset_checks=[reconciled], resources=resources)
    result = job.resolve_implicit_global_asset_job_def().execute_in_process()
    assert result.success
    return {e.asset_key.path[1]: e for e in result.get_asset_check_evaluations()}


def test_only_a_feed_that_agreed_with_its_source_passes(
    evaluations: dict[str, dg.AssetCheckEvaluation],
) -> None:
    passed = {table for table, found in evaluations.items() if found.passed}
    assert passed == {FEEDS["community.wish"].table}


def test_a_difference_is_a_warning_with_its_counts(
    evaluations: dict[str, dg.AssetCheckEvaluation],
) -> None:
    found = evaluations[FEEDS["community.grid_worker"].table]
    assert found.severity is dg.AssetCheckSeverity.WARN
    assert found.metadata["missing"].value == 1


def test_a_feed_that_was_never_compared_says_so(
    evaluations: dict[str, dg.AssetCheckEvaluation],
) -> None:
    assert evaluations[FEEDS["emergency.shelter"].table].metadata["state"].value == "never compared"
