"""Reading pages that name the next one by an opaque cursor, and where to resume later.

    cursor of last time -> page -> nextCursor -> page -> ... -> end
                                                             └ rows came: once more, new ones only

Nothing tells how many rows there are, so a row that slipped between two pages shows only in a
second reading that cuts its pages elsewhere. A pull that brings nothing, the rule on most nights,
is not repeated. Needs no secrets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from connectors.base import NOTHING_TAKEN, Pull, cursor_text, since_of
from connectors.follow import earlier, spelled_like
from connectors.http import Answer, Client, ExpiredError, Request
from connectors.json_rows import chosen, is_row, texts_of, value
from connectors.paging import Cursors, dig
from connectors.seen import Seen
from connectors.sweep import keys_of, smaller
from foundation.errors import SourceInvalid

READINGS = 5
CIRCLES = 3  # a page that is repeated by mistake leads back once or twice
Mark = tuple[
    str | None, str | None
]  # the greatest time up to here, the cursor that goes on from here


@dataclass
class Chain:
    """One pull along the pages. `seen` holds a hash of every key: 8 bytes a row."""

    where: str
    client: Client
    paging: Cursors
    pull: Pull
    page_size: int
    seen: Seen = field(default_factory=Seen)
    marks: list[Mark] = field(default_factory=list)
    now: str | None = None

    def pages(self) -> Iterator[Sequence[Any]]:
        """All pages since last time, or all there are if the source no longer knows that cursor
        (410).
        """
        since = since_of(self.pull, "rest")
        start = since.get("next") if isinstance(since, dict) else None
        try:
            yield from self._readings(start)
        except ExpiredError:
            try:
                yield from self._readings(None)
            except ExpiredError:
                raise self._gone() from None

    def _readings(self, start: str | None) -> Iterator[Sequence[Any]]:
        for reading in range(READINGS):
            known = len(self.seen)
            marks: list[Mark] = [(None, start)]
            for rows in self._walk(start, smaller(self.page_size, reading), marks):
                keys = keys_of(rows, self.pull)
                came = self.seen.has(keys) if reading else [False] * len(keys)
                self.seen.add([key for key, old in zip(keys, came, strict=True) if not old])
                yield chosen(rows, [not old for old in came])
            self.marks = marks if reading == 0 else self.marks
            edges = len(marks) - 1 - (start is None)  # cursors that pages with rows were asked by
            if edges < 1 or not self.paging.verify or (reading and len(self.seen) == known):
                return

    def _walk(self, start: str | None, size: int, marks: list[Mark]) -> Iterator[Sequence[Any]]:
        """Pages to the end: no rows, no next cursor, or twice the same one."""
        at, asked = start, Counter([start])
        while True:
            foresee = partial(self._following, at, size)
            answer = self.client.get(self._params(at, size), foresee=foresee)
            self.now = self.now or answer.now
            yield answer.rows
            after = _next_cursor(answer, self.paging.next)
            if not answer.rows or after is None:
                return
            marks.append((self._greatest(answer.rows, marks[-1][0]), after))
            if after == at and asked[at] > 1:  # once may be a page repeated by mistake
                return
            at = after
            asked[at] += 1
            if asked[at] > CIRCLES:
                what = "the server's pages go in a circle"
                raise SourceInvalid(self.where, what, NOTHING_TAKEN, "ask the department")

    def _params(self, at: str | None, size: int) -> dict[str, str]:
        params = {self.paging.size: str(size)}
        return params if at is None else {**params, self.paging.cursor: at}

    def _following(self, at: str | None, size: int, answer: Answer, count: int) -> Request | None:
        after = _next_cursor(answer, self.paging.next)
        is_end = after is None or after == at
        return None if is_end else (self._params(after, size), self.client.url)

    def _greatest(self, rows: Sequence[Any], before: str | None) -> str | None:
        name = self.pull.cursor_column
        times: Sequence[Any] = texts_of(rows, name) or () if name else ()
        if name and not times:
            times = [value(row, name) for row in rows if is_row(row)]
        return max([time for time in (*times, before) if isinstance(time, str)], default=None)

    def cursor(self) -> str:
        """The last mark whose rows are all older than the look-back window, which ends at the
        server's clock: going on behind a row dated in the future would hide those before it.
        """
        top = self.marks[-1][0]
        if top is None:
            return cursor_text("rest", {"next": self.marks[-1][1]})
        end = top if self.now is None else min(top, spelled_like(self.now, top))
        bound = earlier(end, self.pull.lookback)
        old = [after for time, after in self.marks if time is None or time <= bound]
        return cursor_text("rest", {"next": old[-1]})

    def _gone(self) -> SourceInvalid:
        what = "the server says that a cursor it just gave has expired (HTTP 410)"
        return SourceInvalid(self.where, what, NOTHING_TAKEN, "ask the department", retryable=True)


def _next_cursor(answer: Answer, path: str) -> str | None:
    try:
        found = dig(answer.body, path)
    except KeyError:
        return None
    return str(found) if found not in (None, "") else None
