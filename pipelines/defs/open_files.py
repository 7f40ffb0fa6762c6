"""The open files, after the night: a job of their own, so that no reader of PostgreSQL waits.

    lake snapshot -> published/open_files -> <home>/open (Delta, DuckDB, manifest)

05:00 Asia/Shanghai, or `hub export`. Needs no secrets.
"""

import dagster as dg

from pipelines.defs.hub import HubResource
from pipelines.defs.publish import POSTGRESQL
from pipelines.publish.open_files import write_open_files

OPEN_FILES = dg.AssetKey(["published", "open_files"])


@dg.asset(
    key=OPEN_FILES,
    deps=[POSTGRESQL],
    group_name="published",
    owners=["team:resident_hub"],
    kinds={"deltalake", "duckdb"},
    description="开放文件（脱敏） · what api_v1 shows, as Delta tables and one DuckDB file.",
)
def open_files(context: dg.AssetExecutionContext, hub: HubResource) -> dg.MaterializeResult[None]:
    """Write what changed since the last time."""
    with hub.writing("writing open files") as open_hub:
        report = write_open_files(open_hub, open_hub.home.path / "open")
    context.log.info(f"open files: {len(report.written)} of {report.tables} tables written")
    return dg.MaterializeResult(
        metadata={
            "folder": dg.MetadataValue.path(report.folder),
            "snapshot": report.snapshot,
            "written": list(report.written),
        }
    )


open_files_job = dg.define_asset_job(
    "open_files",
    selection=dg.AssetSelection.assets(OPEN_FILES),
    description="开放文件 · Delta and DuckDB files of the last publication, masked.",
)
open_files_schedule = dg.ScheduleDefinition(
    name="open_files_at_0500",
    job=open_files_job,
    cron_schedule="0 5 * * *",
    execution_timezone="Asia/Shanghai",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
