"""What is usual is known from a feed's own nights, and few nights or rows prove nothing."""

from hypothesis import given
from hypothesis import strategies as st

from expectations.trend import LEAST_NIGHTS, Share, unusual_rate, unusual_size

STEADY = [1000, 1010, 990, 1005, 995, 1002, 998, 1000]


def test_half_the_usual_size_is_unusual_and_a_little_less_is_not() -> None:
    assert unusual_size(490, STEADY)
    assert unusual_size(510, STEADY) is None


def test_one_first_load_makes_no_later_night_look_small() -> None:
    assert unusual_size(1000, [1_000_000, *STEADY]) is None


def test_a_feed_that_swings_by_itself_is_not_unusual_for_swinging() -> None:
    assert unusual_size(40, [10, 200, 30, 400, 20, 300, 50, 90, 100]) is None


def test_too_few_nights_prove_nothing() -> None:
    assert unusual_size(0, [1000] * (LEAST_NIGHTS - 1)) is None
    assert unusual_size(0, [1000] * LEAST_NIGHTS)
    assert unusual_rate(Share(90, 100), [Share(1, 100)] * (LEAST_NIGHTS - 1)) is None


def test_five_times_the_usual_rate_is_unusual() -> None:
    before = [Share(n, 1000) for n in (10, 11, 9, 10, 12, 8, 10)]
    assert unusual_rate(Share(55, 1000), before)
    assert unusual_rate(Share(45, 1000), before) is None


def test_a_rule_that_nobody_broke_is_unusual_when_a_few_do() -> None:
    before = [Share(0, 1000)] * LEAST_NIGHTS
    assert unusual_rate(Share(5, 1000), before)
    assert unusual_rate(Share(4, 1000), before) is None


def test_nights_that_judged_nothing_say_nothing() -> None:
    before = [Share(0, 0)] * 20 + [Share(1, 100)] * (LEAST_NIGHTS - 1)
    assert unusual_rate(Share(90, 100), before) is None


@given(st.lists(st.integers(0, 10**6), min_size=LEAST_NIGHTS, max_size=60))
def test_a_night_like_the_median_is_never_unusual(before: list[int]) -> None:
    middle = sorted(before)[len(before) // 2]
    assert unusual_size(middle, before) is None
    shares = [Share(n, 10**6) for n in before]
    assert unusual_rate(Share(middle, 10**6), shares) is None or middle == 0
