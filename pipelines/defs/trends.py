"""A feed's trends in the UI: one check that warns of an unusual night, with the plot beside it.

    pipelines.history.Trend -> AssetCheckResult with a picture

A warning, not an error: the data may be right and the night strange. Needs no secrets.
"""

import base64

import dagster as dg

from expectations.trend import LEAST_NIGHTS
from pipelines.history import Trend
from pipelines.plot import trend_png

NAME = "usual"
_TOLD = "Size and rates are like those of the nights before. 与往夜相比无异常"


def usual_spec(asset: dg.AssetKey) -> dg.AssetCheckSpec:
    """The check of one feed's table."""
    return dg.AssetCheckSpec(NAME, asset=asset, description=_TOLD)


def usual_result(asset: dg.AssetKey, trend: Trend, is_drawn: bool) -> dg.AssetCheckResult:
    """Passed unless something is unusual. The plot is drawn where it tells something new: on
    Sundays, on unusual nights, and in the first week; once a night, or it would fill the log."""
    picture = {"trend": _picture(trend)} if is_drawn and _is_due(trend) else {}
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=NAME,
        passed=not trend.unusual,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "nights": len(trend.sizes),
            "nights_needed": LEAST_NIGHTS,
            "unusual": "; ".join(trend.unusual) or "nothing",
            **picture,
        },
    )


def _is_due(trend: Trend) -> bool:
    nights = len(trend.sizes)
    is_sunday = bool(nights) and trend.sizes[-1][0].isoweekday() == 7
    return nights >= 3 and (nights <= 7 or is_sunday or bool(trend.unusual))


def _picture(trend: Trend) -> dg.MarkdownMetadataValue:
    encoded = base64.b64encode(trend_png(trend)).decode()
    return dg.MetadataValue.md(f"![{trend.feed}](data:image/png;base64,{encoded})")
