"""What is usual for a feed, from its own nights: sizes and rates, by median and median deviation.

    nights before, tonight -> unusual_size, unusual_rate -> words, or None where all is as usual

Few nights or few rows prove nothing. Means are not used: one first load of a million rows would
make every later night look small. Needs no secrets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

LEAST_NIGHTS = 7
FEW_ROWS = 20
FEW_BROKEN = 5
HALF, FIVE_TIMES = 0.5, 5.0
# A median deviation times this is a standard deviation, where values are normally distributed.
_SIGMAS = 3 * 1.4826


@dataclass(frozen=True)
class Share:
    """How many of a night's judged rows broke a rule."""

    broken: int
    total: int

    @property
    def rate(self) -> float:
        """Broken rows of all; 0 of none."""
        return self.broken / self.total if self.total else 0.0


def _usual(values: Sequence[float]) -> tuple[float, float]:
    """Median, and how far a value may lie from it and be no surprise."""
    middle = median(values)
    return middle, _SIGMAS * median(abs(value - middle) for value in values)


def unusual_size(tonight: int, before: Sequence[int]) -> str | None:
    """Whether a feed brought at most half of what it usually brings, and less than chance tells."""
    if len(before) < LEAST_NIGHTS:
        return None
    usual, spread = _usual(before)
    if usual < FEW_ROWS or tonight > HALF * usual or tonight >= usual - spread:
        return None
    return f"{tonight} rows, where {usual:.0f} are usual over {len(before)} nights"


def unusual_rate(tonight: Share, before: Sequence[Share]) -> str | None:
    """Whether a rule is broken five times as often as usual, and more than chance tells."""
    nights = [share.rate for share in before if share.total]
    if len(nights) < LEAST_NIGHTS or tonight.broken < FEW_BROKEN:
        return None
    usual, spread = _usual(nights)
    if tonight.rate < FIVE_TIMES * usual or tonight.rate <= usual + spread:
        return None
    rates = f"{tonight.rate:.2%} where {usual:.2%} is usual"
    return f"{tonight.broken} of {tonight.total} rows, {rates} over {len(nights)} nights"
