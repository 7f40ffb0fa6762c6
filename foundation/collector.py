"""Python's garbage collector kept still while many values are made.

It runs after every so many new containers and walks through them all, which doubles the time of
decoding a page or a sheet, or of a large import; and it finds nothing there, since what is made
stays or holds no circles. Needs no secrets. Alone:
``with resting(): rows = [[] for _ in range(10**6)]``.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def resting() -> Iterator[None]:
    """Collect nothing within; afterwards as before. Not for code that waits for others."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
