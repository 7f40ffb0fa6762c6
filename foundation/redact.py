"""Keep personal data out of logs and errors.

    any text       -> redact()          -> with id numbers, phones and quoted values masked
    any exception  -> safe_exception()  -> its type and a message without any value
    a personal key -> opaque()          -> a keyed hash, equal for equal keys

A person's name has no pattern, so `redact` cannot find one: whatever quotes data goes through
`safe_exception`.
Secrets: HUB_SECRET_KEY, else one generated in the home's .secrets/.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import traceback
from collections.abc import Iterable
from functools import lru_cache

from foundation.errors import HubError
from foundation.home import Home

# One character stands for one, so that a match in the folded text is a span of the original.
_FOLD = str.maketrans("０１２３４５６７８９ＸｘХх－–—（）＋", "0123456789XxXx---()+")
_GAP = r"[ \t\u00a0\u2000-\u200b\u3000]{0,3}"
_ID = re.compile(rf"\d(?:{_GAP}\d){{14,}}(?:{_GAP}[xX](?![a-wyzA-WYZ]))?")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?[\d*]{4}[- ]?\d{4}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?\(?0\d{2,3}\)?[- ]?[2-8]\d{6,7}(?!\d)")
# What database drivers quote from a row.
_DETAILS = [
    (
        re.compile(r"(Key \([^)]*\)=)\(.*?\)(?= (?:already|is|conflicts|with)|\.?\s*$)", re.M),
        r"\1([value])",
    ),
    (re.compile(r"(Failing row contains) \(.*?\)(?=\.?\s*$)", re.M), r"\1 ([values])"),
    (re.compile(r"(\[parameters: ).*?\](?=\s*$|\s*\()", re.M | re.S), r"\1[values]]"),
    (
        re.compile(r"(COPY \S+, line \d+(?:, column [^:\n]+)?: )\".*?\"(?=\s*$)", re.M),
        r'\1"[value]"',
    ),
    (
        re.compile(
            r"((?:invalid|malformed|out of range|too long)[^:\n]*: )\".*?\"(?=\s*$)", re.M | re.I
        ),
        r'\1"[value]"',
    ),
    (
        re.compile(r"((?:string|value|convert|parse|cast)\s+)(['\"]).*?\2(?=\s|$)", re.I),
        r"\1\2[value]\2",
    ),
    (re.compile(r"^(LINE \d+: ).*$", re.M), r"\1[statement]"),
    (re.compile(r"(Expected \d+ columns, got \d+: ).*", re.S), r"\1[row]"),
]
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`|“[^”]*”|‘[^’]*’|「[^」]*」|《[^》]*》")
_UNCLOSED = re.compile(r"(?<!\w)['\"`“‘「].*$")
_BRACKETED = re.compile(r"\[[^\[\]]*\]|=\s*\([^()]*\)|contains \(.*\)|\{[^{}]*\}")
_NUMBER = re.compile(r"\d{5,}")
# Ideographs of every plane, and the private use area, where rare characters of names arrive.
_CJK = re.compile(
    r"[\u3400-\u9fff\uf900-\ufaff\ue000-\uf8ff\U00020000-\U0003ffff\U000f0000-\U0010ffff·•・‧．]+"
)
_LONGEST = 300

_allowed: set[str] = set()


def redact(text: str) -> str:
    """`text` with every run of 15 or more digits (spaces and full width included), phone number and
    quoted row value replaced by `[id]`, `[phone]`, `[value]`. Never raises."""
    for pattern, replacement in _DETAILS:
        text = pattern.sub(replacement, text)
    for pattern, label in ((_ID, "[id]"), (_MOBILE, "[phone]"), (_LANDLINE, "[phone]")):
        text = _mask(text, pattern, label)
    return text


def allow_words(words: Iterable[str]) -> None:
    """Names and titles of our own (tables, columns, `title_zh`) that `safe_exception` may leave
    standing."""
    _allowed.update(word for word in words if word)


def safe_exception(error: BaseException) -> str:
    """`Type: message` of any exception, without values: quoted text, lists, long numbers and
    Chinese runs go, unless `allow_words` knows them. A HubError's own four sentences stay,
    redacted."""
    if isinstance(error, HubError):
        return redact(str(error))
    state = getattr(error, "sqlstate", None)
    name = type(error).__name__ + (f" {state}" if isinstance(state, str) else "")
    message = _without_values(_first_line(error))
    return f"{name}: {message}" if message else name


def opaque(key: str, home: Home | None = None) -> str:
    """A keyed hash of a record's key, 24 hex digits: what logs, metadata and file names carry
    instead of it."""
    digest = hmac.new(
        _hash_key(str((home or Home.find()).path)),
        key.encode("utf-8", "surrogatepass"),
        hashlib.sha256,
    )
    return digest.hexdigest()[:24]


class RedactionFilter(logging.Filter):
    """Rewrites a record before any handler sees it; lets every record through."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true."""
        redact_record(record)
        return True


def redact_record(record: logging.LogRecord) -> logging.LogRecord:
    """Format the message now, redacted, and replace an exception by its traceback with a safe
    last line."""
    record.msg, record.args = redact(_formatted(record)), None
    if record.exc_info and record.exc_info[1] is not None:
        record.exc_text = _safe_traceback(record.exc_info[1])
        record.exc_info = None
    return record


def install_redaction(
    loggers: Iterable[str] = ("dagster", "great_expectations", "sqlalchemy", "splink", "urllib3"),
) -> None:
    """Redact every record that Python's logging makes in this process. May be called again."""
    made = logging.getLogRecordFactory()
    if not getattr(made, "redacts", False):

        def factory(*args: object, **kwargs: object) -> logging.LogRecord:
            return redact_record(made(*args, **kwargs))

        factory.redacts = True  # type: ignore[attr-defined]
        logging.setLogRecordFactory(factory)
    # Records that arrive ready-made (from another process, or with a message put in later) pass
    # these instead.
    for target in (logging.getLogger(), *map(logging.getLogger, loggers)):
        for place in (target, *target.handlers):
            if not any(isinstance(known, RedactionFilter) for known in place.filters):
                place.addFilter(RedactionFilter())


def _mask(text: str, pattern: re.Pattern[str], label: str) -> str:
    parts, last = [], 0
    for match in pattern.finditer(text.translate(_FOLD)):
        parts += [text[last : match.start()], label]
        last = match.end()
    return "".join(parts) + text[last:] if parts else text


def _without_values(message: str) -> str:
    message = redact(message)
    message = _BRACKETED.sub(" […]", message)
    message = _QUOTED.sub(_keep_allowed, message)
    message = _UNCLOSED.sub("…", message)
    message = _NUMBER.sub("#", message)
    message = _CJK.sub(lambda found: found.group() if found.group() in _allowed else "…", message)
    return message.replace("\0", "'")[:_LONGEST].strip()


def _keep_allowed(match: re.Match[str]) -> str:
    word = match.group()[1:-1]
    return f"\0{word}\0" if word in _allowed else "…"


def _first_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else ""


def _formatted(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a wrong format string must not cost the run its log
        return str(record.msg)


def _safe_traceback(error: BaseException) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    because = f"\n(caused by {safe_exception(cause)})" if cause is not None else ""
    return f"Traceback (most recent call last):\n{frames}{safe_exception(error)}{because}"


@lru_cache
def _hash_key(home: str) -> bytes:
    return (os.environ.get("HUB_SECRET_KEY") or Home(home).secret("hub_secret_key")).encode()
