"""Business date and instants."""

from datetime import UTC, date, datetime

import pytest

from foundation.clock import business_date, utc_now
from foundation.errors import ConfigError


def test_the_business_date_is_the_one_passed_in() -> None:
    assert business_date("2026-03-01") == date(2026, 3, 1)
    assert business_date(date(2026, 3, 1)) == date(2026, 3, 1)


def test_an_instant_falls_on_the_day_that_it_is_in_shanghai() -> None:
    assert business_date(datetime(2026, 2, 28, 17, tzinfo=UTC)) == date(2026, 3, 1)


def test_text_that_is_no_date_is_refused_with_the_way_to_write_it() -> None:
    with pytest.raises(ConfigError, match="YYYY-MM-DD"):
        business_date("01.03.2026")


def test_now_is_aware_and_utc() -> None:
    assert utc_now().tzinfo is UTC
