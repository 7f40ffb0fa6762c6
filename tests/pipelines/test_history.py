"""Nights add up, unusual ones are told, what could not run stays apart, the picture is drawn."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from warehouse_county import hub_in

from expectations import Outcome, RuleResult, SuiteReport
from pipelines.brought import note as note_pull
from pipelines.conform.run import ConformReport
from pipelines.deliver import Delivery
from pipelines.history import FEED_NIGHT, RULE_NIGHT, Trend, keep_judged, keep_nights, trends
from pipelines.hub import Hub
from pipelines.plot import chinese_font, trend_png, worst
from pipelines.pull import PullReport
from pipelines.rule_results import note
from schemas import FEEDS

VISIT = "community.resident_visit"
RULE = "name.masked"
TONIGHT = date(2026, 6, 30)


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return hub_in(tmp_path, TONIGHT)


def _keep(hub: Hub, night: date, rows: int, broken: int | None, batch: int = 0) -> None:
    """A night of the feed; ``broken`` None: the rule could not run."""
    feed = VISIT
    ran = broken is not None
    outcome = Outcome.PASSED if ran else Outcome.COULD_NOT_RUN
    result = RuleResult(RULE, outcome, broken or 0, rows if ran else 0, 0.01)
    pull = PullReport(feed, delivered=rows + 3, known=3, appended=rows)
    tonight = replace(hub, as_of=night)
    if rows:
        _bring(tonight, rows)
    note(tonight, FEEDS[feed], SuiteReport(feed, "night", rows, (result,), 0.0), batch)
    keep_judged(tonight)
    keep_nights(tonight, [Delivery(FEEDS[feed], pull, ConformReport(feed))])


def _bring(hub: Hub, rows: int) -> None:
    """A pull's note, and the commit that makes it good."""
    raw = hub.lake.table("raw", FEEDS[VISIT].table)
    pulled = (raw.app_version(VISIT) or 0) + 1
    note_pull(hub, VISIT, pulled, rows + 3, rows)
    raw.append(pa.table({"_key": ["k"]}), app=(VISIT, pulled))


def _nights(hub: Hub, broken: int | None = 10, rows: int = 1000, count: int = 8) -> None:
    for back in range(count, 0, -1):
        _keep(hub, TONIGHT - timedelta(days=back), rows + back, broken)


def test_a_night_like_the_others_is_not_unusual(hub: Hub) -> None:
    _nights(hub)
    _keep(hub, TONIGHT, 990, 9)
    trend = trends(hub, [VISIT])[VISIT]
    assert trend.unusual == ()
    assert [size for _, size in trend.sizes][-1] == 990 and len(trend.rates[RULE]) == 9


def test_half_the_rows_and_five_times_the_rate_are_told(hub: Hub) -> None:
    _nights(hub)
    _keep(hub, TONIGHT, 400, 40)
    size, rate = trends(hub, [VISIT])[VISIT].unusual
    assert size.startswith("size: 400 rows") and rate.startswith(f"{RULE}: 40 of 400 rows")


def test_a_quiet_night_of_a_feed_that_comes_by_cursor_counts(hub: Hub) -> None:
    _nights(hub)
    _keep(hub, TONIGHT, 0, 0)
    assert trends(hub, [VISIT])[VISIT].unusual[0].startswith("size: 0 rows")


def test_runs_of_one_day_add_up_to_its_night(hub: Hub) -> None:
    _keep(hub, TONIGHT, 600, 6)
    _keep(hub, TONIGHT, 400, 4, batch=1)
    trend = trends(hub, [VISIT])[VISIT]
    assert trend.sizes == ((TONIGHT, 1000),)
    [(_, share)] = trend.rates[RULE]
    assert share is not None and (share.broken, share.total) == (10, 1000)


def test_rows_that_are_judged_again_count_once(hub: Hub) -> None:
    _keep(hub, TONIGHT, 600, 6)
    for rows, broken in ((300, 3), (400, 4)):  # killed; and again, with what came since
        _keep(hub, TONIGHT, rows, broken, batch=1)
    [(_, share)] = trends(hub, [VISIT])[VISIT].rates[RULE]
    assert share is not None and (share.broken, share.total) == (10, 1000)


def test_a_run_that_brings_nothing_more_writes_nothing(hub: Hub) -> None:
    _keep(hub, TONIGHT, 600, 6)
    before = [hub.lake.table("hub", t.name).version for t in (FEED_NIGHT, RULE_NIGHT)]
    _keep(hub, TONIGHT, 0, 0)
    assert before == [hub.lake.table("hub", t.name).version for t in (FEED_NIGHT, RULE_NIGHT)]


def test_what_could_not_run_is_neither_a_rate_nor_unusual(hub: Hub) -> None:
    _nights(hub)
    _keep(hub, TONIGHT, 1000, None)
    trend = trends(hub, [VISIT])[VISIT]
    assert trend.rates[RULE][-1] == (TONIGHT, None) and trend.unusual == ()


def test_the_picture_is_drawn_with_and_without_nights(hub: Hub) -> None:
    _nights(hub)
    _keep(hub, TONIGHT, 1000, None)
    trend = trends(hub, [VISIT])[VISIT]
    assert worst(trend) == [RULE]
    for drawn in (trend, Trend(VISIT)):
        assert trend_png(drawn).startswith(b"\x89PNG")


def test_without_a_chinese_font_the_titles_are_english(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    _nights(hub)
    monkeypatch.setattr("pipelines.plot.chinese_font", lambda: None)
    assert trend_png(trends(hub, [VISIT])[VISIT]).startswith(b"\x89PNG")
    assert not [w for w in recwarn if "missing from font" in str(w.message)]
    assert chinese_font() is None or isinstance(chinese_font(), str)
