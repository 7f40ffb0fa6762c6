"""The night's last word: which feeds kept their old state, and since when."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from foundation.errors import SourceError
from foundation.home import Home
from pipelines.conform.run import ConformReport
from pipelines.defs.hub import HubResource
from pipelines.defs.publish import verdict
from pipelines.deliver import Delivery
from pipelines.hub import Hub
from pipelines.pull import PullReport
from pipelines.status import record_deliveries
from schemas import FEEDS

CONFIG = '[county]\ndivision_code = "360731"\nname = "于都县"\n'


def _night(home: Home, day: date, failure: SourceError | None) -> dg.MaterializeResult[None]:
    wish = FEEDS["community.wish"]
    delivery = Delivery(wish, PullReport(wish.id, failure=failure), ConformReport(wish.id))
    record_deliveries(Hub.open(home, day), [delivery], day.isoformat())
    resource = HubResource(home=str(home.path), as_of=day.isoformat())
    said: dg.MaterializeResult[None] = verdict(dg.build_asset_context(), hub=resource)
    return said


def test_the_verdict_names_the_feed_and_the_night_since_which_it_is_stale(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.lake  # noqa: B018 - makes the home
    home.config_file.write_text(CONFIG, encoding="utf-8")
    home.config_file.chmod(0o600)
    down = SourceError("community.wish", "the server does not answer", "nothing was taken", "ask")
    with pytest.raises(dg.Failure):
        _night(home, date(2026, 7, 4), down)
    with pytest.raises(dg.Failure, match=r"community\.wish: stale since 2026-07-04; .*answer"):
        _night(home, date(2026, 7, 6), down)
    assert _night(home, date(2026, 7, 7), None).metadata == {"feeds": "all healthy"}
