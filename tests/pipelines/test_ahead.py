"""Sources read ahead of their turn: the same batches and errors, bounded, and never stale."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_hub import SmallHub, small_hub

from connectors import Batch
from foundation.errors import SourceError
from pipelines.ahead import Ahead, ReadAhead
from pipelines.deliver import deliver, deliver_all
from schemas import FEEDS

WISH = {"wish_no": "w1", "wisher_name": "王芳", "updated_at": "2026-03-01 08:00:00"}


def _batch(number: int) -> Batch:
    return Batch(pa.record_batch({"a": [str(number) * 100]}), cursor=str(number))


@given(batches=st.integers(0, 30), most_bytes=st.sampled_from([1, 500, 10_000]))
def test_the_batches_and_the_error_come_as_they_would_have(batches: int, most_bytes: int) -> None:
    def source() -> Iterator[Batch]:
        yield from map(_batch, range(batches))
        raise SourceError("community.wish", "it broke off", "nothing was lost", "ask again")

    read = Ahead(source, most_bytes)
    assert [batch.cursor for batch in islice(read, batches)] == [str(n) for n in range(batches)]
    with pytest.raises(SourceError, match="it broke off"):
        next(read)
    read.close()


def test_only_so_much_is_read_ahead_and_closing_ends_it() -> None:
    asked, closed = [], threading.Event()

    def source() -> Iterator[Batch]:
        try:
            for number in range(1_000):
                asked.append(number)
                yield _batch(number)
        finally:
            closed.set()

    with Ahead(source, most_bytes=500) as read:
        assert next(read).cursor == "0"
    assert closed.is_set()
    assert len(asked) < 10


@pytest.fixture
def wishes(tmp_path: Path) -> SmallHub:
    return small_hub(tmp_path, "community.wish")


def test_a_feed_read_ahead_is_delivered_as_ever_and_one_without_a_source_fails_alone(
    wishes: SmallHub,
) -> None:
    feeds = [FEEDS["community.request"], wishes.feed]
    for night in range(2):
        wishes.deliver({**WISH, "wish_no": f"w{n}"} for n in range(5))
        delivered = {done.feed.id: done for done in deliver_all(wishes.hub, feeds)}
        assert delivered[feeds[0].id].failure is not None
        wish = delivered[wishes.feed.id]
        assert (wish.state, wish.delivered, wish.appended) == ("ok", 5, 0 if night else 5)
    assert set(wishes.rows("conformed")) == {f"w{n}" for n in range(5)}


def test_a_reading_whose_question_is_no_longer_right_is_not_used(wishes: SmallHub) -> None:
    wishes.deliver([WISH])
    with ReadAhead(wishes.hub, [wishes.feed]) as ahead:
        reading = ahead.take(wishes.feed)
        wishes.night()  # the cursor moves between the question and the turn
        wishes.deliver([WISH, {**WISH, "wish_no": "w2", "updated_at": "2026-03-02 08:00:00"}])
        delivered = deliver(wishes.hub, wishes.feed, reading=reading)
    assert (delivered.delivered, delivered.appended) == (2, 1)
    assert set(wishes.rows("conformed")) == {"w1", "w2"}


def test_a_fault_of_the_reading_ahead_stops_no_feed(
    wishes: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object) -> None:
        raise ValueError

    wishes.deliver([WISH])
    monkeypatch.setattr("pipelines.ahead.make", fault)
    with ReadAhead(wishes.hub, [wishes.feed]) as ahead:
        delivered = deliver(wishes.hub, wishes.feed, reading=ahead.take(wishes.feed))
    assert (delivered.state, delivered.appended) == ("ok", 1)
