"""The two times the hub knows: the business date (passed in, Asia/Shanghai) and the instant (UTC).

    --as-of 2026-03-01 -> business_date("2026-03-01") -> parameter of every SQL model
    utc_now()          -> _received_at, recorded_from

No SQL and no other module asks the machine for today's date. Secrets needed: none.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from foundation.errors import ConfigError

SHANGHAI = ZoneInfo("Asia/Shanghai")


def utc_now() -> datetime:
    """The present instant, aware, UTC, in microseconds."""
    return datetime.now(UTC)


def business_date(as_of: date | str | None = None) -> date:
    """The day a run is about: `as_of` (a date or YYYY-MM-DD), or today in Asia/Shanghai.

    Raises ConfigError when the text is not a date.
    """
    if as_of is None or as_of == "":
        return datetime.now(SHANGHAI).date()
    if isinstance(as_of, datetime):
        return as_of.astimezone(SHANGHAI).date() if as_of.tzinfo else as_of.date()
    if isinstance(as_of, date):
        return as_of
    try:
        return datetime.strptime(as_of, "%Y-%m-%d").date()
    except ValueError:
        raise ConfigError(
            "--as-of",
            f"{as_of!r} is not a date",
            "nothing was run",
            "write it as YYYY-MM-DD, e.g. 2026-03-01",
        ) from None
