"""What Dagster loads: every table an asset, the jobs, the schedules.

    dagster dev -m pipelines.definitions      (or: hub ui)

Needs no secrets; the resource reads the hub's home from $HUB_HOME.
"""

import dagster as dg

from pipelines.defs.alerts import alerts
from pipelines.defs.feedback import feedback
from pipelines.defs.feeds import DEPARTMENT_ASSETS, SOURCES
from pipelines.defs.hub import HubResource
from pipelines.defs.identity import identity
from pipelines.defs.jobs import JOBS, SCHEDULES, SENSORS
from pipelines.defs.launch import progress_logger
from pipelines.defs.open_files import open_files
from pipelines.defs.publish import postgresql, verdict
from pipelines.defs.reconcile import reconciled
from pipelines.defs.warehouse import warehouse

defs = dg.Definitions(
    assets=[
        *SOURCES.values(),
        *DEPARTMENT_ASSETS,
        identity,
        warehouse,
        postgresql,
        feedback,
        alerts,
        open_files,
        verdict,
    ],
    asset_checks=[reconciled],
    jobs=JOBS,
    schedules=SCHEDULES,
    sensors=SENSORS,
    resources={"hub": HubResource()},
    executor=dg.in_process_executor,
    loggers={"console": progress_logger},
)
