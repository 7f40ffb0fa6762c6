"""The hub as a Dagster resource: which home, which business date, how much to read again.

    run config or $HUB_HOME -> HubResource.open() -> pipelines.hub.Hub

Secrets are not part of it: the hub's configuration names where they are kept.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import dagster as dg
from dagster._core.errors import DagsterInvalidPropertyError

from foundation.home import Home
from pipelines.defs.liveness import HOLDER, this_process
from pipelines.erasure.journal import pending
from pipelines.hub import Hub

NIGHTS = ("nightly_sync", "rebuild", "reconcile")  # jobs that build all, and publish at the end
EVENTS = "events_sync"


def job_of(context: dg.AssetExecutionContext) -> str:
    """The job that runs; empty for a step that is called by itself."""
    try:
        return context.run.job_name
    except DagsterInvalidPropertyError:
        return ""


class HubResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Where the hub lives and how tonight's run differs from others.

    ``full`` reads every feed from its beginning, which also finds deletions;
    ``rebuild`` makes everything anew from ``raw``, ``reconcile`` compares every feed with the whole
    of its source. All are off on an ordinary night.
    """

    home: str = ""
    as_of: str = ""
    full: bool = False
    rebuild: bool = False
    reconcile: bool = False

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Say which process runs the run."""
        if context.instance and context.run:
            context.instance.add_run_tags(context.run.run_id, {HOLDER: this_process()})

    @contextmanager
    def writing(self, purpose: str) -> Iterator[Hub]:
        """The hub, while this step is its one writer; waits for another writer to finish.

        An erasure that was killed is done to its end first.
        """
        home = Home.find(self.home or None)
        day = date.fromisoformat(self.as_of) if self.as_of else None
        with home.lock(blocking=True, purpose=purpose):
            hub = Hub.open(home, day)
            if pending(home):
                from pipelines.erasure.run import resume  # which needs all parts of the hub

                resume(hub)
            yield hub
