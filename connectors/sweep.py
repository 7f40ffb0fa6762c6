"""Reading numbered pages to the last row while rows change under them.

    ask from the last cursor value -> drop what came already -> count keys against total
                                                                  └ short: sweep again

A row that is updated moves to the end, all behind it move up by one, and the row at the page's edge
is never shown to who asks by number. Needs no secrets.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from operator import le
from typing import Any

from connectors.base import NOTHING_TAKEN, Pull
from connectors.follow import Follower
from connectors.http import Answer, Client, ExpiredError, Foresee, Request
from connectors.json_rows import chosen, is_row, literals_of, same, texts_of, value
from connectors.paging import Offsets, PageNumbers
from connectors.seen import Seen
from foundation.errors import SourceInvalid

SWEEPS = 5


@dataclass
class Sweep:
    """One pull over numbered pages. `seen` holds a hash of every key: 8 bytes a row."""

    where: str
    client: Client
    paging: PageNumbers | Offsets
    pull: Pull
    follow: Follower
    page_size: int
    seen: Seen = field(default_factory=Seen)
    received: int = 0
    total: int | None = None
    anchored: bool = True

    def pages(self) -> Iterator[Sequence[Any]]:
        """All pages, then what later sweeps find to be missing. Raises SourceInvalid if rows still
        lack.
        """
        for sweep in range(SWEEPS):
            known, self.received = len(self.seen), 0
            for rows in self._walk(self.follow.start, smaller(self.page_size, sweep)):
                self.received += len(rows)
                yield self._noted(rows) if sweep == 0 else self._unseen(rows)
            if self._complete() or (sweep and len(self.seen) == known and self._repeats_keys()):
                return
        raise SourceInvalid(
            self.where,
            f"{len(self.seen)} of {self.total} rows came, in {SWEEPS} readings",
            NOTHING_TAKEN,
            "the next run tries again by itself; if it stays so, ask the department",
            retryable=True,
        )

    def _complete(self) -> bool:
        if self.total is None or len(self.seen) >= self.total:
            return True
        self.total = self._ask(self.follow.start, 0, 0, 1).total  # it may have shrunk meanwhile
        return self.total is None or len(self.seen) >= self.total

    def _repeats_keys(self) -> bool:
        """Nothing new in a second reading, and as many rows as counted: the source holds a key more
        than once.
        """
        return self.total is not None and self.received >= self.total

    def _walk(self, start: str | None, size: int) -> Iterator[Sequence[Any]]:
        anchor, page, position = start, 0, 0
        tail: dict[Hashable, Any] = {}
        last_rows: Sequence[Any] = ()
        while True:
            answer = self._ask_again_if_before(anchor, page, position, size)
            if anchor is not None and anchor == start and self.follow.distrust_the_future():
                anchor = start = None
                continue
            rows = answer.rows
            if anchor == start and page == 0:
                self.total = answer.total
            keys = keys_of(rows, self.pull)
            position += len(rows)
            yield rows if tail.keys().isdisjoint(keys) else _unlike(tail, keys, rows)
            if self._ended(answer, position, last_rows):
                return
            last_rows = rows
            times = self._times(rows)
            last = self._last(times, anchor)
            if last is None:
                tail.update(zip(keys, rows[:], strict=True))
                page += 1
            else:
                since = bisect_left(times, last)
                tail = dict(zip(keys[since:], rows[since:], strict=True))
                anchor, page, position = last, 0, 0

    def _ended(self, answer: Answer, position: int, last_rows: Sequence[Any]) -> bool:
        if not answer.rows:
            return True
        if answer.total is not None:
            return position >= answer.total
        if answer.rows == last_rows:
            what = "the server gives the same page again and again"
            raise SourceInvalid(
                self.where, what, NOTHING_TAKEN, "check paging and its parameter names in hub.toml"
            )
        return False

    def _last(self, times: list[str], anchor: str | None) -> str | None:
        """Where the next page may be anchored: the last row's time, if rows are in order and time
        has moved on.
        """
        if not self.anchored or self.paging.since is None or self.follow.column is None:
            return None
        if not times or not all(map(le, times, islice(times, 1, None))):
            return None
        return times[-1] if anchor is None or times[-1] > anchor else None

    def _times(self, rows: Sequence[Any]) -> list[str]:
        """The time of each row; none at all if one of them has none."""
        name = self.pull.cursor_column
        times = texts_of(rows, name) if name is not None else None
        return times if times is not None else []

    def _ask_again_if_before(
        self, anchor: str | None, page: int, position: int, size: int
    ) -> Answer:
        """One page; asked twice if it holds what lies before the anchor: a hiccup, or a filter that
        is ignored.
        """
        for _ in range(2):
            foresee = partial(self._following, anchor, page, position, size)
            answer = self._ask(anchor, page, position, size, foresee)
            first = self._time(answer.rows[0]) if answer.rows else None
            if anchor is None or first is None or first >= _floor(anchor):
                return answer
        self.anchored = False
        return answer

    def _following(
        self, anchor: str | None, page: int, position: int, size: int, answer: Answer, count: int
    ) -> Request | None:
        """What will be asked after this page, if its rows are in order; its last one is known."""
        position += count
        if answer.total is not None and position >= answer.total:
            return None
        last = self._last(self._times(answer.rows), anchor)
        following = (anchor, page + 1, position) if last is None else (last, 0, 0)
        return self._params(*following, size), self.client.url

    def _params(self, anchor: str | None, page: int, position: int, size: int) -> dict[str, str]:
        params = self.paging.params(page, position, size)
        if anchor is not None and self.paging.since is not None:
            params[self.paging.since] = _floor(anchor)
        return params

    def _ask(
        self,
        anchor: str | None,
        page: int,
        position: int,
        size: int,
        foresee: Foresee | None = None,
    ) -> Answer:
        try:
            params = self._params(anchor, page, position, size)
            answer = self.client.get(params, foresee=foresee)
        except ExpiredError:
            what = "the server says that the page is gone (HTTP 410)"
            raise SourceInvalid(
                self.where, what, NOTHING_TAKEN, "ask the department", retryable=True
            ) from None
        self.follow.now = self.follow.now or answer.now
        return answer

    def _noted(self, rows: Sequence[Any]) -> Sequence[Any]:
        self.seen.add(keys_of(rows, self.pull))
        return rows

    def _unseen(self, rows: Sequence[Any]) -> Sequence[Any]:
        """The rows whose key did not come, and those that changed since; their keys are noted."""
        keys = keys_of(rows, self.pull)
        came = self.seen.has(keys)
        self.seen.add([key for key, old in zip(keys, came, strict=True) if not old])
        late = self._are_late(rows)
        return chosen(rows, [new or not old for new, old in zip(late, came, strict=True)])

    def _are_late(self, rows: Sequence[Any]) -> list[bool]:
        top, times = self.follow.greatest, self._times(rows) or map(self._time, rows)
        return [time is not None and top is not None and time > top for time in times]

    def _time(self, row: Any) -> str | None:
        found = value(row, self.pull.cursor_column) if self.pull.cursor_column else None
        return found if isinstance(found, str) else None


def _floor(time: str) -> str:
    """A time without its fraction: the filter is inclusive, and may not know fractions."""
    return time.partition(".")[0]


def key_of(row: Any, pull: Pull) -> Hashable:
    """The key of a row, or the item itself where it is no row."""
    if not is_row(row):
        return repr(row)
    values = [str(value(row, name)) for name in pull.key]
    return values[0] if len(values) == 1 else tuple(values)


def keys_of(rows: Sequence[Any], pull: Pull) -> list[Hashable]:
    """The key of each row: by columns where all are text, as they nearly always are."""
    columns = [literals_of(rows, name) for name in pull.key]
    if None in columns:
        return [key_of(row, pull) for row in rows]
    found: Any = columns[0] if len(columns) == 1 else zip(*columns, strict=True)
    return list(found)


def _unlike(known: dict[Hashable, Any], keys: list[Hashable], rows: Sequence[Any]) -> Sequence[Any]:
    """The rows that are not known as they are."""
    numbered = enumerate(keys)
    return chosen(rows, [key not in known or not same(known[key], rows[i]) for i, key in numbered])


def smaller(page_size: int, reading: int) -> int:
    """The page size of a repeated reading: other edges between pages, so that other rows slip, if
    any.
    """
    return max(page_size - reading * max(page_size // 7, 1), 1)
