"""The request that will most likely come next, sent while the page before it is still decoded.

    page -> its last row, its next cursor -> request -> one thread: answer -> kept for who asks it
                                                                   └ asked for another: dropped

A department's server and the line to it then work at the same time as this process. At most one
request is under way at any moment. A wrong guess costs that answer, and no other is made in this
pull: who pages otherwise than foreseen is not asked twice as much. Needs no secrets. Alone:
    foreseen = Foreseen(lambda number: number * 2)
    foreseen.start(1); foreseen.answer(1)
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Request = TypeVar("Request")
Reply = TypeVar("Reply")


@dataclass
class Foreseen(Generic[Request, Reply]):
    """Requests of one pull. send: what answers a request, or raises."""

    send: Callable[[Request], Reply]
    _pool: ThreadPoolExecutor | None = field(default=None, repr=False)
    _coming: tuple[Request, Future[Reply]] | None = field(default=None, repr=False)
    _trusted: bool = True

    def start(self, request: Request) -> None:
        """Send this request aside, unless one is under way or a guess was wrong before."""
        if self._trusted and self._coming is None:
            self._pool = self._pool or ThreadPoolExecutor(1)
            self._coming = (request, self._pool.submit(self.send, request))

    def answer(self, request: Request) -> Reply:
        """The answer to a request: the one that was sent ahead, or a new one. Raises what sending
        it raises, now and not before.
        """
        if self._coming is None:
            return self.send(request)
        (guess, coming), self._coming = self._coming, None
        if guess == request:
            return coming.result()
        self._trusted = False
        coming.exception()  # nobody else may use the session meanwhile
        return self.send(request)

    def close(self) -> None:
        """Wait for what is under way, and let it go."""
        if self._pool is not None:
            self._pool.shutdown()
        self._pool = self._coming = None
