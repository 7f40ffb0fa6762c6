"""Text as such: what no store can hold, and traces of a wrong decoding.

    every text column -> NUL bytes, endless values, replacement characters, control characters

Needs no secrets.
"""

from collections.abc import Callable, Iterator

from expectations.characters import CONTROL, MOJIBAKE
from expectations.roles import text_columns
from expectations.rule import Bind, Kind, Part, Rule, Severity, holds
from schemas.derive import quoted
from schemas.model import Feed

LONGEST = 1_000_000


def _every(predicate: Callable[[str], str]) -> Bind:
    """One part for all columns, looked at only where a row holds something odd at all."""

    def bound(feed: Feed) -> Iterator[Part]:
        names = text_columns(feed)
        each = " and ".join(f"coalesce({predicate(quoted(name))}, true)" for name in names)
        yield holds(f"case when _odd_text then {each} else true end", *names)

    return bound


def _short(feed: Feed) -> Iterator[Part]:
    return (holds(f"strlen({quoted(name)}) <= {LONGEST}", name) for name in text_columns(feed))


_T, _E, _W = Kind.TEXT, Severity.ERROR, Severity.WARNING

RULES = (
    Rule(
        "text.nul_byte",
        _T,
        _E,
        "A NUL byte in a text",
        "文本含NUL字节",
        "PostgreSQL stores no text with it; what it replaced is unknown.",
        _every(lambda name: f"not contains({name}, chr(0))"),
    ),
    Rule(
        "text.endless",
        _T,
        _E,
        f"A text of more than {LONGEST} characters",
        "文本超长",
        "A quote was not closed, or a file was put into a field.",
        _short,
    ),
    Rule(
        "text.replacement_character",
        _T,
        _W,
        "A character that could not be decoded",
        "文本含无法解码字符",
        "The department decoded its own text with the wrong code page.",
        _every(lambda name: f"not contains({name}, '\ufffd')"),
        0.01,
    ),
    Rule(
        "text.mojibake",
        _T,
        _W,
        "Text decoded with the wrong code page",
        "文本疑似乱码",
        "锟斤拷 and the like: the original is lost on the way.",
        _every(lambda name: f"not regexp_matches({name}, '{MOJIBAKE}')"),
        0.01,
    ),
    Rule(
        "text.control_character",
        _T,
        _W,
        "A control character in a text",
        "文本含控制字符",
        "Left by a terminal or a scanner; it breaks comparisons and exports.",
        _every(lambda name: f"not regexp_matches({name}, '{CONTROL}')"),
        0.01,
    ),
)
