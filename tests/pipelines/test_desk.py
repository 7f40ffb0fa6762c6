"""The connection that feeds share: clear for each of them, and none after an error."""

from pathlib import Path

import pytest
from small_hub import SmallHub, small_hub

from foundation.engine import run
from foundation.errors import LakeError
from pipelines import desk
from pipelines.deliver import deliver
from pipelines.desk import Desk
from schemas import FEEDS

LEFT = """select table_name from duckdb_tables()
union all select view_name from duckdb_views() where not internal"""


@pytest.fixture
def hub(tmp_path: Path) -> SmallHub:
    return small_hub(tmp_path, "community.wish")


def test_the_next_feed_finds_the_same_connection_and_nothing_on_it(hub: SmallHub) -> None:
    shared = Desk(hub.hub)
    hub.deliver([{"wish_no": "w1", "wisher_name": "王芳", "updated_at": "2026-02-01 08:00:00"}])
    assert deliver(hub.hub, hub.feed, desk=shared).conform.added == 1
    with shared.clear() as first:
        assert run(first, LEFT) == []
    with shared.clear() as second:
        assert second is first
    # A feed without a source fails, and the one after it does not.
    other = FEEDS["community.request"]
    assert deliver(hub.hub, other, desk=shared).failure is not None
    assert deliver(hub.hub, hub.feed, desk=shared).balanced
    shared.close()


def test_after_an_error_or_with_much_on_it_the_connection_is_not_used_again(
    hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = Desk(hub.hub)
    with pytest.raises(LakeError), shared.clear() as first:
        run(first, "select nothing from nowhere")
    with shared.clear() as second:
        assert second is not first
        run(second, "create temp table rows_left as from range(10)")
    monkeypatch.setattr(desk, "MUCH", 5)
    with shared.clear() as third:
        assert third is second
        run(third, "create temp table rows_left as from range(10)")
    with shared.clear() as fourth:
        assert fourth is not third
    shared.close()
