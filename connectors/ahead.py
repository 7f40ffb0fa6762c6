"""Reading ahead: the source is asked for the next part while this one is converted.

    items -> one thread: next(items) -> the same items, in order

Waiting for a server and most of the work in Arrow leave Python's lock free, so both go on at once.
Needs no secrets. Alone: ``list(ahead(iter([1, 2, 3])))``.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items, one of them fetched ahead; what fetching raises comes at its own place.

    Left early, it waits for the one that is being fetched.
    """
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(_next, items)
        while found := coming.result():
            coming = pool.submit(_next, items)
            yield found[0]


def _next(items: Iterator[Item]) -> tuple[Item] | None:
    for item in items:
        return (item,)
    return None
