"""Runs go when they were kept long enough."""

from datetime import timedelta

import dagster as dg
import pytest

from foundation.clock import utc_now
from pipelines.defs import runs


def test_old_runs_go_with_their_events_and_young_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    @dg.job
    def nothing() -> None: ...

    with dg.DagsterInstance.ephemeral() as instance:
        ran = nothing.execute_in_process(instance=instance)
        assert runs.forget_runs(instance, 0) == runs.forget_runs(instance, 30) == 0
        assert len(instance.get_runs()) == 1
        monkeypatch.setattr(runs, "utc_now", lambda: utc_now() + timedelta(days=31))
        assert runs.forget_runs(instance, 30) == 1
        assert instance.get_runs() == [] and instance.all_logs(ran.run_id) == []
