"""The next request, sent while a page is decoded: used if it is the one, and never in the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from connectors.foreseen import Foreseen


class Source:
    """Answers a request with its double, but not while another one is under way."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.overlapped = False
        self.broken: set[int] = set()
        self._busy = threading.Lock()

    def __call__(self, number: int) -> int:
        alone = self._busy.acquire(blocking=False)
        self.overlapped |= not alone
        self.asked.append(number)
        time.sleep(0.05)  # long enough for another request to come in between
        if alone:
            self._busy.release()
        if number in self.broken:
            raise OSError(number)
        return number * 2


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def foreseen(source: Source) -> Iterator[Foreseen[int, int]]:
    made = Foreseen(source)
    yield made
    made.close()
    assert not source.overlapped


def test_what_was_foreseen_is_asked_once(foreseen: Foreseen[int, int], source: Source) -> None:
    assert foreseen.answer(1) == 2
    foreseen.start(2)
    assert foreseen.answer(2) == 4
    assert source.asked == [1, 2]


def test_after_a_wrong_guess_no_other_is_made(foreseen: Foreseen[int, int], source: Source) -> None:
    foreseen.start(2)
    assert foreseen.answer(7) == 14
    foreseen.start(8)
    assert foreseen.answer(9) == 18
    assert source.asked == [2, 7, 9]


def test_an_error_comes_when_its_answer_is_wanted(
    foreseen: Foreseen[int, int], source: Source
) -> None:
    source.broken = {2}
    foreseen.start(2)
    with pytest.raises(OSError):
        foreseen.answer(2)
    foreseen.start(2)
    assert foreseen.answer(3) == 6  # the error of what nobody wants is nobody's


def test_closing_waits_for_what_is_under_way(source: Source) -> None:
    made = Foreseen(source)
    made.start(5)
    made.close()
    assert source.asked == [5] and made.answer(6) == 12
