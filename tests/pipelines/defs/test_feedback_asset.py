"""Giving back as a step of the night: after the publication, before the verdict, counts only."""

from pathlib import Path

import dagster as dg
from told import VISIT, told

from pipelines.defs.feedback import ITEM, STATUS, feedback
from pipelines.defs.hub import HubResource
from pipelines.defs.publish import POSTGRESQL, verdict


def test_it_comes_after_the_publication_and_before_the_verdict() -> None:
    assert POSTGRESQL in feedback.asset_deps[ITEM]
    assert ITEM in verdict.asset_deps[verdict.key]


def test_the_step_shows_counts_and_no_value(tmp_path: Path) -> None:
    hub = told(tmp_path)
    hub.rows(VISIT, {"key": "k", "phone": "canary-phone", "warnings": ["phone.malformed"]})
    county = '[county]\ndivision_code = "360731"\nname = "于都县"\n'
    hub.hub.home.config_file.write_text(county, encoding="utf-8")
    resource = HubResource(home=str(hub.hub.home.path), as_of="2026-03-01")
    done = dg.materialize([feedback], resources={"hub": resource})
    assert {event.asset_key for event in done.get_asset_materialization_events()} == {ITEM, STATUS}
    [event] = done.asset_materializations_for_node("feedback")[:1]
    assert event.metadata["opened"].value == 1
    assert "canary-phone" not in str(event)
