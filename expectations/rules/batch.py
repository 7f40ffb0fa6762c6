"""A feed's own frame: keys and cursors, without which a row has no place.

    _key, key columns, cursor -> rows that cannot be told apart or put in order

These are errors: a row without a key cannot be kept, corrected or deleted. What concerns a
delivery as a whole is in ``expectations.batch``. Needs no secrets.
"""

from collections.abc import Iterator

from expectations.rule import Kind, Part, Rule, Severity, holds, present
from schemas.derive import quoted
from schemas.model import Feed


def _keyed(feed: Feed) -> Iterator[Part]:
    return (present(name) for name in feed.key_names)


def _cursor_readable(feed: Feed) -> Iterator[Part]:
    if feed.cursor_name:
        raw, value = quoted(f"raw_{feed.cursor_name}"), quoted(feed.cursor_name)
        yield holds(f"{raw} is null or {value} is not null", feed.cursor_name)


def _cursor_given(feed: Feed) -> Iterator[Part]:
    if feed.cursor_name:
        yield present(f"raw_{feed.cursor_name}")


_B, _E, _W = Kind.BATCH, Severity.ERROR, Severity.WARNING

RULES = (
    Rule(
        "batch.key_missing",
        _B,
        _E,
        "A part of the key is missing",
        "主键为空",
        "The row cannot be told from others, nor corrected later.",
        _keyed,
    ),
    Rule(
        "batch.cursor_unreadable",
        _B,
        _E,
        "The time of change cannot be read",
        "更新时间无法识别",
        "It cannot be told whether the row is newer than the one that is known.",
        _cursor_readable,
    ),
    Rule(
        "batch.cursor_missing",
        _B,
        _W,
        "No time of change",
        "更新时间为空",
        "An increment never delivers such a row again.",
        _cursor_given,
        0.001,
    ),
)
