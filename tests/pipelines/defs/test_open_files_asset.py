"""Open files as a job of their own: no part of the night, counts and names of tables only."""

from pathlib import Path

import dagster as dg
from warehouse_county import AS_OF, hub_in, small_county

from pipelines.definitions import defs
from pipelines.defs.hub import HubResource
from pipelines.defs.open_files import OPEN_FILES, open_files
from pipelines.warehouse.run import build

COUNTY = '[county]\ndivision_code = "360731"\nname = "于都县"\n'


def test_no_night_waits_for_them() -> None:
    jobs = defs.get_repository_def().get_all_jobs()
    writing = {job.name for job in jobs if OPEN_FILES in job.asset_layer.selected_asset_keys}
    assert writing - {"__ASSET_JOB"} == {"open_files"}


def test_the_step_writes_them_below_the_home(tmp_path: Path) -> None:
    hub = hub_in(tmp_path / "home")
    small_county().write(hub.lake)
    build(hub)
    hub.lake.commit_snapshot(note=AS_OF.isoformat())
    hub.home.config_file.write_text(COUNTY, encoding="utf-8")
    resource = HubResource(home=str(hub.home.path), as_of=AS_OF.isoformat())
    done = dg.materialize([open_files], resources={"hub": resource})
    [event] = done.asset_materializations_for_node("published__open_files")
    assert "resident" in event.metadata["written"].value
    assert (hub.home.path / "open" / "warehouse.duckdb").exists()
